package io.tidemill.engine;

import io.tidemill.api.FailureClass;

/** The record at hand is wrong in a way that the engine itself has found. */
final class RecordFailure extends Exception {
    private static final long serialVersionUID = 1;

    static final String UNDECODABLE = "UNDECODABLE";
    static final String NO_VALUE = "NO_VALUE";
    static final String EXCEPTION = "EXCEPTION";
    static final String NULL_RESULT = "NULL_RESULT";
    static final String TOO_MANY_ELEMENTS = "TOO_MANY_ELEMENTS";
    static final String NO_EVENT_TIME = "NO_EVENT_TIME";
    static final String TIMESTAMP_OUT_OF_RANGE = "TIMESTAMP_OUT_OF_RANGE";
    static final String TIMESTAMP_AHEAD = "TIMESTAMP_AHEAD";
    static final String NO_KEY = "NO_KEY";
    static final String KEY_TOO_LARGE = "KEY_TOO_LARGE";
    static final String RESULT_FAILED = "RESULT_FAILED";
    static final String RESULT_TOO_LARGE = "RESULT_TOO_LARGE";
    static final String BEYOND_CORRECTION = "BEYOND_CORRECTION";
    static final String NOT_CORRECTABLE = "NOT_CORRECTABLE";
    static final String NOT_REPRODUCIBLE = "NOT_REPRODUCIBLE";

    private final FailureClass failureClass;
    private final String reason;

    RecordFailure(FailureClass failureClass, String reason, String message) {
        super(message);
        this.failureClass = failureClass;
        this.reason = reason;
    }

    FailureClass failureClass() {
        return failureClass;
    }

    String reason() {
        return reason;
    }
}
