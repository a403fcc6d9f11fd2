package io.tidemill.examples.nexmark.query;

import io.tidemill.examples.nexmark.Bid;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * Query 1's row.
 *
 * @param price euro cents, exactly, with three decimals
 */
public record BidInEuros(long auction, long bidder, BigDecimal price, Instant dateTime, String extra) {
    /** Euro cents for a thousand dollar cents. */
    private static final long RATE = 908;

    static BidInEuros of(Bid bid) {
        return new BidInEuros(
                bid.auction(),
                bid.bidder(),
                BigDecimal.valueOf(Math.multiplyExact(bid.price(), RATE), 3),
                bid.dateTime(),
                bid.extra());
    }
}
