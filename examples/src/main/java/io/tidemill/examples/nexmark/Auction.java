package io.tidemill.examples.nexmark;

import io.tidemill.api.ByteSink;
import java.time.Instant;

/**
 * An item for sale. The record's key is {@code id}. It may come before the {@link Person} that {@code seller} names.
 *
 * @param initialBid cents
 * @param reserve cents; at a lower price the item is not sold
 * @param dateTime when bids begin to count
 * @param expires when they cease to; the last one counts at this very millisecond
 * @param category 10 to 14
 * @param extra fills the event up to its usual size
 */
public record Auction(
        long id,
        String itemName,
        String description,
        long initialBid,
        long reserve,
        Instant dateTime,
        Instant expires,
        long seller,
        long category,
        String extra)
        implements Event {
    @Override
    public String topic() {
        return Topics.AUCTIONS.name();
    }

    @Override
    public byte[] key() {
        return Topics.key(id);
    }

    @Override
    public void writeTo(ByteSink sink) {
        Topics.AUCTIONS.codec().encode(this, sink);
    }
}
