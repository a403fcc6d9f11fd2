package io.tidemill.engine.savepoint;

/** A savepoint could not be made, read or restored. The message says what to do. */
public final class SavepointException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SavepointException(String message) {
        super(message);
    }

    public SavepointException(String message, Throwable cause) {
        super(message, cause);
    }
}
