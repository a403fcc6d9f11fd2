package io.tidemill.kafka.protocol;

/** What came is no request that is served here; its connection is to be closed. */
public final class MalformedRequestException extends Exception {
    private static final long serialVersionUID = 1;

    public MalformedRequestException(String message) {
        super(message);
    }

    MalformedRequestException(String message, Throwable cause) {
        super(message, cause);
    }
}
