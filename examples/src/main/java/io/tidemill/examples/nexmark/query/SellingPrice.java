package io.tidemill.examples.nexmark.query;

/**
 * Query 6's row: what a seller got on average, as of one sale.
 *
 * @param auction the latest of the sales that are averaged
 * @param average cents
 */
public record SellingPrice(long seller, long auction, double average) {}
