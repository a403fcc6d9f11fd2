package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Result;
import io.tidemill.api.Window;
import java.time.Instant;
import java.util.Objects;

/**
 * Query 12's row.
 *
 * @param windowStart in processing time
 * @param windowEnd the first millisecond after it
 */
public record BidderCount(long bidder, Instant windowStart, Instant windowEnd, long bids) {
    static BidderCount of(Result<Long, Long> result) {
        Window window = Objects.requireNonNull(result.window());
        return new BidderCount(result.key(), window.start(), window.end(), result.value());
    }
}
