package io.tidemill.engine;

import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Header;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes dead letters of failures. Thread-safe. */
final class DeadLetters {
    private static final int FRAMES_IN_FINGERPRINT = 3;

    private final String pipeline;
    private final String codeVersion;
    private final InstantSource clock;

    DeadLetters(String pipeline, String codeVersion, InstantSource clock) {
        this.pipeline = pipeline;
        this.codeVersion = codeVersion;
        this.clock = clock;
    }

    DeadLetter of(
            byte @Nullable [] key,
            byte @Nullable [] payload,
            List<Header> headers,
            DeadLetter.Origin origin,
            String operator,
            FailureClass failureClass,
            String reason,
            Throwable error) {
        Instant now = clock.instant();
        // What the engine itself has found has no trace worth keeping, unless something was thrown to make it so.
        Throwable cause = error instanceof RecordFailure ? error.getCause() : error;
        String type = cause == null ? "" : cause.getClass().getName();
        return new DeadLetter(
                key,
                payload,
                headers,
                origin,
                pipeline,
                operator,
                failureClass,
                reason,
                type,
                UserError.message(error),
                cause == null ? "" : UserError.stackTrace(cause),
                fingerprint(operator, failureClass, reason, type, cause == null ? error : cause),
                1,
                now,
                now,
                codeVersion);
    }

    /**
     * Version 1: SHA-256 of operator, class, reason, error type, the innermost frames outside of the JDK and of Tidemill,
     * and the message without its digits and quoted parts; the first 16 hexadecimal digits.
     */
    private static String fingerprint(
            String operator, FailureClass failureClass, String reason, String type, Throwable error) {
        StringBuilder text = new StringBuilder();
        text.append(operator)
                .append('\n')
                .append(failureClass)
                .append('\n')
                .append(reason)
                .append('\n')
                .append(type);
        int frames = 0;
        for (StackTraceElement frame : UserError.frames(error)) {
            String in = frame.getClassName();
            boolean foreign = in.startsWith("java.") || in.startsWith("jdk.") || in.startsWith("io.tidemill.engine.");
            if (!foreign && frames < FRAMES_IN_FINGERPRINT) {
                text.append('\n').append(in).append('.').append(frame.getMethodName());
                frames++;
            }
        }
        text.append('\n').append(normalised(UserError.message(error)));
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return "1:" + HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String normalised(String message) {
        String start = message.substring(0, Math.min(message.length(), 500));
        return start.replaceAll("\"[^\"]*\"|'[^']*'", "*")
                .replaceAll("[0-9]+", "#")
                .replaceAll("\\s+", " ");
    }
}
