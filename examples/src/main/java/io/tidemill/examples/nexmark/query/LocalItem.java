package io.tidemill.examples.nexmark.query;

import io.tidemill.examples.nexmark.Person;

/** Query 3's row: a seller, and one of the seller's auctions. */
public record LocalItem(String name, String city, String state, long auction) {
    static LocalItem of(Person seller, long auction) {
        return new LocalItem(seller.name(), seller.city(), seller.state(), auction);
    }
}
