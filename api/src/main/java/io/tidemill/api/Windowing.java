package io.tidemill.api;

import java.io.Serializable;

/** A rule that assigns an event time to windows. */
public sealed interface Windowing extends Serializable permits Tumbling {
    /** The window in a sentence, as {@code explain} prints it. */
    String describe();
}
