package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Result;
import io.tidemill.api.Window;
import java.time.Instant;
import java.util.Objects;

/**
 * Query 11's row.
 *
 * @param start of the first bid
 * @param end one millisecond after the last bid
 */
public record BidderSession(long bidder, Instant start, Instant end, long bids) {
    static BidderSession of(Result<Long, Long> result) {
        Window window = Objects.requireNonNull(result.window());
        return new BidderSession(result.key(), window.start(), window.end(), result.value());
    }
}
