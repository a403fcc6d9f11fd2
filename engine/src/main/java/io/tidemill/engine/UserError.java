package io.tidemill.engine;

import io.tidemill.api.DeadLetter;
import org.jspecify.annotations.Nullable;

/** What a user's function has thrown, whose own methods may throw as well. */
final class UserError {
    private static final int FRAMES_MAX = 100;
    private static final int CAUSES_MAX = 20;

    private UserError() {}

    /** Throws what is the machine's trouble rather than the record's: no memory is left, or the JVM is broken. */
    static void rethrowIfFatal(Throwable error) {
        if (error instanceof VirtualMachineError fatal && !(error instanceof StackOverflowError)) {
            throw fatal;
        }
    }

    static String message(Throwable error) {
        try {
            return String.valueOf(error.getMessage());
        } catch (Throwable e) {
            rethrowIfFatal(e);
            return "its message cannot be had: " + e.getClass().getName();
        }
    }

    /** The innermost first. */
    static StackTraceElement[] frames(Throwable error) {
        try {
            return error.getStackTrace().clone();
        } catch (Throwable e) {
            rethrowIfFatal(e);
            return new StackTraceElement[0];
        }
    }

    /** Not by {@code printStackTrace}, which descends into causes until the stack overflows, and prints frames without end. */
    static String stackTrace(Throwable error) {
        StringBuilder text = new StringBuilder();
        Throwable at = error;
        for (int i = 0; at != null && i < CAUSES_MAX && text.length() < DeadLetter.STACK_TRACE_CHARS_MAX; i++) {
            String message = message(at);
            text.append(i == 0 ? "" : "Caused by: ")
                    .append(at.getClass().getName())
                    .append(": ")
                    .append(message, 0, Math.min(message.length(), DeadLetter.MESSAGE_CHARS_MAX))
                    .append('\n');
            StackTraceElement[] frames = frames(at);
            for (int frame = 0; frame < Math.min(frames.length, FRAMES_MAX); frame++) {
                text.append("\tat ").append(frames[frame]).append('\n');
            }
            at = cause(at);
        }
        return text.toString();
    }

    private static @Nullable Throwable cause(Throwable error) {
        try {
            return error.getCause();
        } catch (Throwable e) {
            rethrowIfFatal(e);
            return null;
        }
    }
}
