package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Result;
import io.tidemill.api.Window;
import io.tidemill.examples.nexmark.Bid;
import java.time.Instant;
import java.util.Objects;

/**
 * Query 7's row: of the bids with the highest price in the window, one.
 *
 * @param windowEnd the first millisecond after it
 * @param price cents
 */
public record HighestBid(
        Instant windowStart, Instant windowEnd, long auction, long bidder, long price, Instant dateTime, String extra) {
    static HighestBid of(Window window, Bid bid) {
        return new HighestBid(
                window.start(), window.end(), bid.auction(), bid.bidder(), bid.price(), bid.dateTime(), bid.extra());
    }

    /** @param highest of the bid's window */
    static HighestBid of(Bid bid, Result<?, Long> highest) {
        return of(Objects.requireNonNull(highest.window()), bid);
    }
}
