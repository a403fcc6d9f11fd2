package io.tidemill.api;

/** Which answer to its key and window a {@link Result} is. */
public enum Pane {
    /**
     * The answer so far, of a window that has not closed. When it comes and what it holds depend on timing; what stands when
     * the window has closed, and after corrections, is a function of the log.
     */
    EARLY,

    /** The answer when the watermark has passed the window. */
    FINAL,

    /** Another answer, because elements came that were still allowed: within the lateness, or on time by their own partition. */
    UPDATE,

    /** Another answer, because late records were folded in by a correction. */
    CORRECTION
}
