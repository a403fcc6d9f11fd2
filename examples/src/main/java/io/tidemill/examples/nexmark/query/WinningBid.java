package io.tidemill.examples.nexmark.query;

import io.tidemill.examples.nexmark.Auction;
import io.tidemill.examples.nexmark.Bid;
import java.time.Instant;

/**
 * Query 9's row: something was sold.
 *
 * @param price cents
 * @param dateTime of the bid
 */
public record WinningBid(
        long auction, long seller, long category, Instant expires, long bidder, long price, Instant dateTime) {
    static WinningBid of(Auction auction, Bid bid) {
        return new WinningBid(
                auction.id(),
                auction.seller(),
                auction.category(),
                auction.expires(),
                bid.bidder(),
                bid.price(),
                bid.dateTime());
    }
}
