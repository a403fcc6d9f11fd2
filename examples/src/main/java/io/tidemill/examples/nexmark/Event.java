package io.tidemill.examples.nexmark;

import io.tidemill.api.ByteSink;
import java.time.Instant;

/** What happens at the auction house. Each kind has a topic of its own. */
public sealed interface Event permits Person, Auction, Bid {
    /** When it happened; in whole milliseconds. */
    Instant dateTime();

    /** The name of the topic of its kind. */
    String topic();

    /** The record's key: an id in decimal digits. */
    byte[] key();

    /** Appends the record's value: JSON on one line, without a line end. */
    void writeTo(ByteSink sink);
}
