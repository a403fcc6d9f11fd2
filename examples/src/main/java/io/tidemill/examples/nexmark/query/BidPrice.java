package io.tidemill.examples.nexmark.query;

import io.tidemill.examples.nexmark.Bid;

/**
 * Query 2's row.
 *
 * @param price cents
 */
public record BidPrice(long auction, long price) {
    static BidPrice of(Bid bid) {
        return new BidPrice(bid.auction(), bid.price());
    }
}
