package io.tidemill.api;

import io.tidemill.api.failure.Fingerprint;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A record that failed, with all that is needed to understand, repair and replay it. It is stored as a record whose key,
 * payload and leading headers are the original's, byte for byte; the envelope follows in headers named {@code tidemill.*},
 * as text, so that any tool can read it.
 *
 * @param key the original key
 * @param payload the original value
 * @param headers the original headers
 * @param origin where the record was read; of a replay where it was first read
 * @param reader who could not do its work with it
 * @param phase what kind of thing the payload is, and so what a replay of it would be
 * @param operator the operator that failed; of a consumer {@code decode} or {@code handle}
 * @param rule the rule that has chosen the class; empty in letters of versions that did not tell
 * @param reason a stable code to count by, such as {@code UNDECODABLE}
 * @param stackTrace at most 16,000 characters
 * @param fingerprint equal for letters that failed in the same way
 * @param attempts how often it was tried, 1 or more; replays count on
 * @param codeVersion the version of the user's code
 * @param replay where it was replayed from, if what failed was a replay; null if not
 */
public record DeadLetter(
        byte @Nullable [] key,
        byte @Nullable [] payload,
        List<Header> headers,
        Origin origin,
        Reader reader,
        Phase phase,
        String operator,
        FailureClass failureClass,
        String rule,
        String reason,
        String errorType,
        String errorMessage,
        String stackTrace,
        String fingerprint,
        int attempts,
        Instant firstFailure,
        Instant lastFailure,
        String codeVersion,
        @Nullable Replayed replay) {

    public static final int MESSAGE_CHARS_MAX = 2_000;
    public static final int STACK_TRACE_CHARS_MAX = 16_000;

    /** The topic, partition, offset and timestamp (milliseconds since the epoch) of a record. */
    public record Origin(String topic, int partition, long offset, long timestampMillis) {}

    /** A pipeline, or a consumer group, by its name. */
    public record Reader(Kind kind, String name) {
        public enum Kind {
            PIPELINE,
            GROUP
        }

        public static Reader pipeline(String name) {
            return new Reader(Kind.PIPELINE, name);
        }

        public static Reader group(String name) {
            return new Reader(Kind.GROUP, name);
        }
    }

    /** When in its life it failed. */
    public enum Phase {
        /** When it was read: nothing of it has been counted, so all of it may be replayed. */
        RECORD,
        /** When a late record was folded in: a part of it may have been on time, so it may not be replayed as a whole. */
        CORRECTION,
        /** In an operator that keeps elements: an element of a record, or a timer, whose other elements have been counted. */
        ELEMENT,
        /** A result that could not be written. */
        RESULT
    }

    /**
     * The replay that failed.
     *
     * @param id the replay's, see {@link ReplayedRecord}
     * @param topic where the replayed record was read
     */
    public record Replayed(String id, String topic, int partition, long offset) {}

    /** The original's headers, then the envelope's. The last one says how many are the original's. */
    public List<Header> toHeaders() {
        List<Header> all = new ArrayList<>(headers);
        Envelope.putOrigin(all, origin);
        Envelope.put(all, reader.kind.name().toLowerCase(Locale.ROOT), reader.name);
        Envelope.put(all, "phase", phase.name());
        Envelope.put(all, "operator", operator);
        Envelope.put(all, "class", failureClass.name());
        Envelope.put(all, "rule", rule);
        Envelope.put(all, "reason", reason);
        Envelope.put(all, "error.type", errorType);
        Envelope.put(all, "error.message", cut(errorMessage, MESSAGE_CHARS_MAX));
        Envelope.put(all, "error.stack", cut(stackTrace, STACK_TRACE_CHARS_MAX));
        Envelope.put(all, "fingerprint", fingerprint);
        Envelope.put(all, "attempts", String.valueOf(attempts));
        Envelope.put(all, "failed.first", firstFailure.toString());
        Envelope.put(all, "failed.last", lastFailure.toString());
        Envelope.put(all, "code.version", codeVersion);
        if (replay != null) {
            Envelope.put(all, "replay.id", replay.id);
            Envelope.put(all, "replay.topic", replay.topic);
            Envelope.put(all, "replay.partition", String.valueOf(replay.partition));
            Envelope.put(all, "replay.offset", String.valueOf(replay.offset));
        }
        Envelope.putCount(all, headers.size());
        return all;
    }

    /** Reads what {@link #toHeaders} wrote, also in earlier versions. Throws {@link IllegalArgumentException} if it is something else. */
    public static DeadLetter of(byte @Nullable [] key, byte @Nullable [] payload, List<Header> all) {
        Envelope envelope = Envelope.of(all, "a dead letter");
        return new DeadLetter(
                key,
                payload,
                envelope.originals(),
                envelope.origin(),
                reader(envelope),
                phase(envelope),
                envelope.get("operator", "handle"),
                FailureClass.valueOf(envelope.get("class", FailureClass.CODE.name())),
                envelope.get("rule", ""),
                envelope.get("reason", "EXCEPTION"),
                envelope.get("error.type"),
                envelope.get("error.message"),
                envelope.get("error.stack", ""),
                fingerprint(envelope),
                Integer.parseInt(envelope.get("attempts")),
                time(envelope.get("failed.first")),
                time(envelope.get("failed.last")),
                envelope.get("code.version", "unknown"),
                replay(envelope));
    }

    private static Reader reader(Envelope envelope) {
        return envelope.has("group") ? Reader.group(envelope.get("group")) : Reader.pipeline(envelope.get("pipeline"));
    }

    /** The first version did not tell, but what came of no record has no offset. */
    private static Phase phase(Envelope envelope) {
        Phase otherwise = envelope.origin().offset() < 0 ? Phase.RESULT : Phase.RECORD;
        return Phase.valueOf(envelope.get("phase", otherwise.name()));
    }

    /** The first letters of consumers had none. */
    private static String fingerprint(Envelope envelope) {
        return envelope.has("fingerprint")
                ? envelope.get("fingerprint")
                : Fingerprint.ofText(
                        "handle", "EXCEPTION", envelope.get("error.type"), "", envelope.get("error.message"));
    }

    private static @Nullable Replayed replay(Envelope envelope) {
        return envelope.has("replay.id")
                ? new Replayed(
                        envelope.get("replay.id"),
                        envelope.get("replay.topic"),
                        Integer.parseInt(envelope.get("replay.partition")),
                        Long.parseLong(envelope.get("replay.offset")))
                : null;
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("the envelope's time is not one: " + e.getMessage(), e);
        }
    }

    private static String cut(String text, int charsMax) {
        return text.length() <= charsMax ? text : text.substring(0, charsMax);
    }
}
