package io.tidemill.testkit.oracle;

import java.time.Duration;

/**
 * The next record of a partition comes.
 *
 * @param pause how long nothing came before it, in processing time
 */
public record Arrival(int partition, Duration pause) {}
