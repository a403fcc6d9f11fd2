package io.tidemill.sketches;

import java.util.List;

/**
 * How values are distributed.
 *
 * @param count how many there were, exactly
 * @param min the least, exactly
 * @param max the greatest, exactly
 * @param quantiles in the order in which their ranks were asked for
 */
public record Quantiles(long count, double min, double max, List<Quantile> quantiles) {}
