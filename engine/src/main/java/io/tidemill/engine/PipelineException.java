package io.tidemill.engine;

/** A pipeline cannot start or cannot go on. What it had committed stays; the message says what to do. */
public final class PipelineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public PipelineException(String message) {
        super(message);
    }

    public PipelineException(String message, Throwable cause) {
        super(message, cause);
    }
}
