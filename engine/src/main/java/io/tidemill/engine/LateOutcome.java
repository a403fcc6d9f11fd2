package io.tidemill.engine;

/** What became of a late element that an operator was given. */
sealed interface LateOutcome {
    /** It has been taken in, and results corrected where that changes them. */
    record Corrected() implements LateOutcome {}

    /** Its time has yet to come here: to be given again when more has closed. */
    record Waits() implements LateOutcome {}

    /** The operator's code has failed with it: it is a dead letter. */
    record Failed() implements LateOutcome {}

    /** It cannot be corrected. */
    record Refused(String reason) implements LateOutcome {}
}
