package io.tidemill.operations;

/** An audit cannot be made, or cannot be complete. It says nothing about the pipeline; the message says what to do. */
public final class AuditException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public AuditException(String message) {
        super(message);
    }

    public AuditException(String message, Throwable cause) {
        super(message, cause);
    }
}
