package io.tidemill.api;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A record that failed, with all that is needed to understand, repair and replay it. It is stored as a record whose key,
 * payload and leading headers are the original's, byte for byte; the envelope follows in headers named {@code tidemill.*},
 * as text, so that any tool can read it.
 *
 * @param key the original key
 * @param payload the original value
 * @param headers the original headers
 * @param origin where the record was read
 * @param operator the operator that failed
 * @param reason a stable code to count by, such as {@code UNDECODABLE}
 * @param stackTrace at most 16,000 characters
 * @param fingerprint equal for letters that failed in the same way
 * @param attempts how often it was tried, 1 or more
 * @param codeVersion the version of the user's code
 */
public record DeadLetter(
        byte @Nullable [] key,
        byte @Nullable [] payload,
        List<Header> headers,
        Origin origin,
        String pipeline,
        String operator,
        FailureClass failureClass,
        String reason,
        String errorType,
        String errorMessage,
        String stackTrace,
        String fingerprint,
        int attempts,
        Instant firstFailure,
        Instant lastFailure,
        String codeVersion) {

    public static final int MESSAGE_CHARS_MAX = 2_000;
    public static final int STACK_TRACE_CHARS_MAX = 16_000;

    /** The topic, partition, offset and timestamp (milliseconds since the epoch) of a record. */
    public record Origin(String topic, int partition, long offset, long timestampMillis) {}

    /** The original's headers, then the envelope's. The last one says how many are the original's. */
    public List<Header> toHeaders() {
        List<Header> all = new ArrayList<>(headers);
        Envelope.putOrigin(all, origin);
        Envelope.put(all, "pipeline", pipeline);
        Envelope.put(all, "operator", operator);
        Envelope.put(all, "class", failureClass.name());
        Envelope.put(all, "reason", reason);
        Envelope.put(all, "error.type", errorType);
        Envelope.put(all, "error.message", cut(errorMessage, MESSAGE_CHARS_MAX));
        Envelope.put(all, "error.stack", cut(stackTrace, STACK_TRACE_CHARS_MAX));
        Envelope.put(all, "fingerprint", fingerprint);
        Envelope.put(all, "attempts", String.valueOf(attempts));
        Envelope.put(all, "failed.first", firstFailure.toString());
        Envelope.put(all, "failed.last", lastFailure.toString());
        Envelope.put(all, "code.version", codeVersion);
        Envelope.putCount(all, headers.size());
        return all;
    }

    /** Reads what {@link #toHeaders} wrote. Throws {@link IllegalArgumentException} if it is something else. */
    public static DeadLetter of(byte @Nullable [] key, byte @Nullable [] payload, List<Header> all) {
        Envelope envelope = Envelope.of(all, "a dead letter");
        return new DeadLetter(
                key,
                payload,
                envelope.originals(),
                envelope.origin(),
                envelope.get("pipeline"),
                envelope.get("operator"),
                FailureClass.valueOf(envelope.get("class")),
                envelope.get("reason"),
                envelope.get("error.type"),
                envelope.get("error.message"),
                envelope.get("error.stack"),
                envelope.get("fingerprint"),
                Integer.parseInt(envelope.get("attempts")),
                Instant.parse(envelope.get("failed.first")),
                Instant.parse(envelope.get("failed.last")),
                envelope.get("code.version"));
    }

    private static String cut(String text, int charsMax) {
        return text.length() <= charsMax ? text : text.substring(0, charsMax);
    }
}
