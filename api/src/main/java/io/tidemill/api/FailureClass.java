package io.tidemill.api;

/** What kind of failure a dead letter holds, and so what may be done about it. */
public enum FailureClass {
    /** Something outside was unavailable: retry with backoff, then replay. */
    TRANSIENT,
    /** The record is wrong: repair it by a transform, then replay. */
    DATA,
    /** User code is wrong: fix it, deploy, then replay. */
    CODE,
    /** The record kills the process. */
    POISON,
    /** The record came too late even for a correction. It is never replayed. */
    LATE
}
