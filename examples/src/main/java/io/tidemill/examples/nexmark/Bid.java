package io.tidemill.examples.nexmark;

import io.tidemill.api.ByteSink;
import java.time.Instant;

/**
 * An offer for an item. The record's key is {@code auction}. It may come before the {@link Auction} or the {@link Person} that
 * it names, and after the auction has expired.
 *
 * @param bidder a person's id
 * @param price cents
 * @param channel by what the bidder came here
 * @param extra fills the event up to its usual size
 */
public record Bid(long auction, long bidder, long price, String channel, String url, Instant dateTime, String extra)
        implements Event {
    @Override
    public String topic() {
        return Topics.BIDS.name();
    }

    @Override
    public byte[] key() {
        return Topics.key(auction);
    }

    @Override
    public void writeTo(ByteSink sink) {
        Topics.BIDS.codec().encode(this, sink);
    }
}
