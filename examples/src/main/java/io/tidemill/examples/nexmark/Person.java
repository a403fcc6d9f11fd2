package io.tidemill.examples.nexmark;

import io.tidemill.api.ByteSink;
import java.time.Instant;

/**
 * Somebody who opens auctions or bids in them. The record's key is {@code id}.
 *
 * @param creditCard four groups of four digits, the first of them zeros, so that it is nobody's
 * @param state two letters
 * @param dateTime when the account was made
 * @param extra fills the event up to its usual size
 */
public record Person(
        long id,
        String name,
        String emailAddress,
        String creditCard,
        String city,
        String state,
        Instant dateTime,
        String extra)
        implements Event {
    @Override
    public String topic() {
        return Topics.PERSONS.name();
    }

    @Override
    public byte[] key() {
        return Topics.key(id);
    }

    @Override
    public void writeTo(ByteSink sink) {
        Topics.PERSONS.codec().encode(this, sink);
    }
}
