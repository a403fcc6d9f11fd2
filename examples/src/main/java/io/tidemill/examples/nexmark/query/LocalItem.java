package io.tidemill.examples.nexmark.query;

/** Query 3's row: a seller, and one of the seller's auctions. */
public record LocalItem(String name, String city, String state, long auction) {}
