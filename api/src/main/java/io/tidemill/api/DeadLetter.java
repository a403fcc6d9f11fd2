package io.tidemill.api;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    private static final String PREFIX = "tidemill.";

    /** The topic, partition, offset and timestamp (milliseconds since the epoch) of a record. */
    public record Origin(String topic, int partition, long offset, long timestampMillis) {}

    /** The original's headers, then the envelope's. The last one says how many are the original's. */
    public List<Header> toHeaders() {
        List<Header> all = new ArrayList<>(headers);
        put(all, "topic", origin.topic);
        put(all, "partition", String.valueOf(origin.partition));
        put(all, "offset", String.valueOf(origin.offset));
        put(all, "timestamp", String.valueOf(origin.timestampMillis));
        put(all, "pipeline", pipeline);
        put(all, "operator", operator);
        put(all, "class", failureClass.name());
        put(all, "reason", reason);
        put(all, "error.type", errorType);
        put(all, "error.message", cut(errorMessage, MESSAGE_CHARS_MAX));
        put(all, "error.stack", cut(stackTrace, STACK_TRACE_CHARS_MAX));
        put(all, "fingerprint", fingerprint);
        put(all, "attempts", String.valueOf(attempts));
        put(all, "failed.first", firstFailure.toString());
        put(all, "failed.last", lastFailure.toString());
        put(all, "code.version", codeVersion);
        put(all, "headers", String.valueOf(headers.size()));
        return all;
    }

    /** Reads what {@link #toHeaders} wrote. Throws {@link IllegalArgumentException} if it is something else. */
    public static DeadLetter of(byte @Nullable [] key, byte @Nullable [] payload, List<Header> all) {
        if (all.isEmpty() || !all.get(all.size() - 1).name().equals(PREFIX + "headers")) {
            throw new IllegalArgumentException("the record is no dead letter: it does not end in an envelope");
        }
        int originals = Integer.parseInt(all.get(all.size() - 1).text());
        if (originals < 0 || originals > all.size()) {
            throw new IllegalArgumentException("the dead letter's envelope counts " + originals + " headers");
        }
        Map<String, String> envelope = new HashMap<>();
        for (Header header : all.subList(originals, all.size())) {
            envelope.put(header.name(), header.text());
        }
        return new DeadLetter(
                key,
                payload,
                List.copyOf(all.subList(0, originals)),
                new Origin(
                        get(envelope, "topic"),
                        Integer.parseInt(get(envelope, "partition")),
                        Long.parseLong(get(envelope, "offset")),
                        Long.parseLong(get(envelope, "timestamp"))),
                get(envelope, "pipeline"),
                get(envelope, "operator"),
                FailureClass.valueOf(get(envelope, "class")),
                get(envelope, "reason"),
                get(envelope, "error.type"),
                get(envelope, "error.message"),
                get(envelope, "error.stack"),
                get(envelope, "fingerprint"),
                Integer.parseInt(get(envelope, "attempts")),
                Instant.parse(get(envelope, "failed.first")),
                Instant.parse(get(envelope, "failed.last")),
                get(envelope, "code.version"));
    }

    private static void put(List<Header> headers, String name, String value) {
        headers.add(Header.text(PREFIX + name, value));
    }

    private static String get(Map<String, String> envelope, String name) {
        String value = envelope.get(PREFIX + name);
        if (value == null) {
            throw new IllegalArgumentException("the dead letter's envelope lacks " + PREFIX + name);
        }
        return value;
    }

    private static String cut(String text, int charsMax) {
        return text.length() <= charsMax ? text : text.substring(0, charsMax);
    }
}
