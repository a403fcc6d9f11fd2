package io.tidemill.api;

import java.io.Serializable;

/**
 * A rule that assigns elements to windows by their event time. Immutable.
 *
 * <p>Spans are whole milliseconds, from 1 ms to 36,500 days. Event times are in the years -9999 to 9999, as an engine requires.
 */
public sealed interface Windowing extends Serializable permits AlignedWindowing, Session {
    /** The windows in a few words, as {@code explain} prints them. State is found again by it: equal for equal windows only. */
    String describe();
}
