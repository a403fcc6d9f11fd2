package io.tidemill.examples.nexmark.query;

import java.time.Instant;

/**
 * Query 5's row: of the auctions with the most bids in the window, one.
 *
 * @param windowEnd the first millisecond after it
 */
public record HotItem(Instant windowStart, Instant windowEnd, long auction, long bids) {}
