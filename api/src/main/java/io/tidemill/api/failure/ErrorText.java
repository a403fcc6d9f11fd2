package io.tidemill.api.failure;

import io.tidemill.api.DeadLetter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is told of an error that user code has thrown, whose own methods may throw or never end as well. Everything is bounded.
 * Thread-safe. Nothing here throws, except for what is the machine's trouble: no memory is left, or the JVM is broken.
 */
public final class ErrorText {
    /** Of one error. */
    private static final int FRAMES_MAX = 100;

    private static final int CAUSES_MAX = 20;

    private ErrorText() {}

    /** Throws what is the machine's trouble rather than the record's; a stack that overflowed is the record's. */
    public static void rethrowIfFatal(Throwable error) {
        if (error instanceof VirtualMachineError fatal && !(error instanceof StackOverflowError)) {
            throw fatal;
        }
    }

    /** Its message, cut; {@code "null"} if it has none. */
    public static String message(Throwable error) {
        try {
            return cut(String.valueOf(error.getMessage()));
        } catch (Throwable e) {
            rethrowIfFatal(e);
            return "its message cannot be had: " + e.getClass().getName();
        }
    }

    private static String cut(String message) {
        return message.substring(0, Math.min(message.length(), DeadLetter.MESSAGE_CHARS_MAX));
    }

    /** The innermost first. */
    public static List<StackTraceElement> frames(Throwable error) {
        try {
            StackTraceElement[] frames = error.getStackTrace();
            return List.of(frames).subList(0, Math.min(frames.length, FRAMES_MAX));
        } catch (Throwable e) {
            rethrowIfFatal(e);
            return List.of();
        }
    }

    /** The error itself, then what caused it. */
    public static List<Throwable> chain(Throwable error) {
        List<Throwable> chain = new ArrayList<>();
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Throwable at = error;
        while (at != null && chain.size() < CAUSES_MAX && seen.add(at)) {
            chain.add(at);
            at = cause(at);
        }
        return chain;
    }

    private static @Nullable Throwable cause(Throwable error) {
        try {
            return error.getCause();
        } catch (Throwable e) {
            rethrowIfFatal(e);
            return null;
        }
    }

    /** Not by {@code printStackTrace}, which descends into causes until the stack overflows, and prints frames without end. */
    public static String stackTrace(Throwable error) {
        StringBuilder text = new StringBuilder();
        for (Throwable each : chain(error)) {
            if (text.length() >= DeadLetter.STACK_TRACE_CHARS_MAX) {
                break;
            }
            text.append(text.isEmpty() ? "" : "Caused by: ")
                    .append(each.getClass().getName())
                    .append(": ")
                    .append(message(each))
                    .append('\n');
            frames(each).forEach(frame -> text.append("\tat ").append(frame).append('\n'));
        }
        return text.substring(0, Math.min(text.length(), DeadLetter.STACK_TRACE_CHARS_MAX));
    }
}
