package io.tidemill.examples.nexmark.query;

/**
 * Query 4's row.
 *
 * @param average cents
 */
public record CategoryPrice(long category, double average) {}
