package io.tidemill.examples;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * One flight of a scheduled airline within the United States. What the data's columns mean, and how this example reads
 * them, is told in {@code NOTICE-flights.md} beside the data.
 *
 * @param scheduled the local time at the origin, to the minute, taken as UTC: the data name no time zones
 * @param delay minutes; negative when early
 * @param distance miles
 * @param origin the airport's three-letter code
 * @param destination the airport's three-letter code
 */
public record Flight(Instant scheduled, int delay, int distance, String origin, String destination) {
    private static final Codec<Flight> JSON = Json.of(Flight.class);
    private static final long MINUTE_MILLIS = 60_000;

    /**
     * When the flight's record reaches the log: as much after {@code scheduled} as the flight is delayed. An early flight's
     * record comes <em>before</em> its event time, by up to 59 minutes; that is within the default tolerance of
     * {@link io.tidemill.api.Watermark#aheadMax}, and it moves the watermark ahead as a fast clock would.
     */
    public long arrivalMillis() {
        return scheduled.toEpochMilli() + delay * MINUTE_MILLIS;
    }

    /** The record's key: the origin in ASCII. */
    public byte[] key() {
        return origin.getBytes(StandardCharsets.US_ASCII);
    }

    /** Appends the record's value: JSON on one line, without a line end. */
    public void writeTo(ByteSink sink) {
        JSON.encode(this, sink);
    }
}
