package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Result;
import io.tidemill.api.Window;
import java.time.Instant;
import java.util.Objects;

/**
 * Query 5's row: of the auctions with the most bids in the window, one.
 *
 * @param windowEnd the first millisecond after it
 */
public record HotItem(Instant windowStart, Instant windowEnd, long auction, long bids) {
    static HotItem of(Result<Long, Long> count) {
        Window window = Objects.requireNonNull(count.window());
        return new HotItem(window.start(), window.end(), count.key(), count.value());
    }
}
