package io.tidemill.operations;

/** There is no advice to give. The message says why, and what to do. */
public final class AdviceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public AdviceException(String message) {
        super(message);
    }
}
