package io.tidemill.sketches;

/**
 * The value at a rank. It certainly is {@code lower} or more and {@code upper} or less; {@code estimate} lies between.
 *
 * @param rank 0 for the least value, 1 for the greatest, otherwise that of which the share {@code rank} of all values is
 *     not greater: number ⌈rank × count⌉ in order
 */
public record Quantile(double rank, double estimate, double lower, double upper) {}
