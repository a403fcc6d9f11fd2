package io.tidemill.testkit.oracle;

import java.util.List;
import java.util.Map;

/**
 * What must come out.
 *
 * @param late by partition, then in the order of the log, then by element, then by window
 * @param onTime the results of all elements that were on time: what stands when all windows have closed, before any correction
 * @param all the results of all elements, late or not: what a batch job answers, and what stands after corrections
 */
public record Answers<K, R>(List<Late> late, Map<Place<K>, R> onTime, Map<Place<K>, R> all) {}
