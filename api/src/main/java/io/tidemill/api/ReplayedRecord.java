package io.tidemill.api;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A record that failed and is given to its reader once more. It is stored as {@link DeadLetter}s are: key, payload and leading
 * headers are what is to be read, the original's or repaired ones, and the envelope follows in headers named
 * {@code tidemill.*}.
 *
 * @param origin where it was first read
 * @param id the same each time that the same letter is replayed, and no other's: who has seen it may ignore the record
 * @param plan by which it is replayed
 * @param attempts how often it was tried before, 1 or more
 * @param firstFailure when it first failed
 */
public record ReplayedRecord(
        byte @Nullable [] key,
        byte @Nullable [] payload,
        List<Header> headers,
        DeadLetter.Origin origin,
        String id,
        String plan,
        int attempts,
        Instant firstFailure) {
    /** The header with the id, also for readers that know nothing else of Tidemill. */
    public static final String ID_HEADER = "tidemill.replay.id";

    /** The id of the letter at this place. */
    public static String id(String deadLetterTopic, int partition, long offset) {
        return deadLetterTopic + "/" + partition + "/" + offset;
    }

    /** The record's headers, then the envelope's. The last one says how many are the record's. */
    public List<Header> toHeaders() {
        List<Header> all = new ArrayList<>(headers);
        Envelope.putOrigin(all, origin);
        Envelope.put(all, "replay.id", id);
        Envelope.put(all, "replay.plan", plan);
        Envelope.put(all, "attempts", String.valueOf(attempts));
        Envelope.put(all, "failed.first", firstFailure.toString());
        Envelope.putCount(all, headers.size());
        return all;
    }

    /** Reads what {@link #toHeaders} wrote. Throws {@link IllegalArgumentException} if it is something else. */
    public static ReplayedRecord of(byte @Nullable [] key, byte @Nullable [] payload, List<Header> all) {
        Envelope envelope = Envelope.of(all, "a replayed record");
        try {
            return new ReplayedRecord(
                    key,
                    payload,
                    envelope.originals(),
                    envelope.origin(),
                    envelope.get("replay.id"),
                    envelope.get("replay.plan"),
                    Integer.parseInt(envelope.get("attempts")),
                    Instant.parse(envelope.get("failed.first")));
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("the envelope's time is not one: " + e.getMessage(), e);
        }
    }
}
