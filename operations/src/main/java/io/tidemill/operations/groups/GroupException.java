package io.tidemill.operations.groups;

import org.jspecify.annotations.Nullable;

/** What was asked of a group could not be done. The message says what to do. */
public final class GroupException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean misuse;

    private GroupException(boolean misuse, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.misuse = misuse;
    }

    static GroupException misuse(String message) {
        return new GroupException(true, message, null);
    }

    static GroupException failure(String message, Throwable cause) {
        return new GroupException(false, message, cause);
    }

    /** Whether the question was wrong, rather than that the cluster could not answer it. */
    public boolean isMisuse() {
        return misuse;
    }
}
