package io.tidemill.engine.state;

/** A store that did not do what it was asked for. */
public final class StateStoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What went wrong, to act on. */
    public enum Code {
        /** What is there is not what was written. It can be deleted, and made again from the changelog if that holds all. */
        DAMAGED,
        /** It is open, here or in another process. */
        IN_USE,
        /** Free some room, and run again. */
        DISK_FULL,
        IO
    }

    private final Code code;

    public StateStoreException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public StateStoreException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
