package io.tidemill.api.process;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Declares state that a function keeps for each key: a name, and how it is encoded. A function names all of its state up
 * front, so that it can be found in a savepoint. Immutable.
 */
public sealed interface StateDescriptor extends Serializable
        permits ValueStateDescriptor, ListStateDescriptor, MapStateDescriptor {
    /** The longest name. */
    int NAME_LENGTH_MAX = 100;

    /** Unique in its function; 1 to 100 characters. State is found by it. */
    String name();

    /** Null to keep it until it is cleared. */
    @Nullable
    Ttl ttl();

    /** What its bytes depend on. */
    String format();

    /** Returns {@code name}; throws {@link IllegalArgumentException} if it is none. */
    static String legal(String name) {
        if (name.isBlank() || name.length() > NAME_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "the name of a state or an output has 1 to " + NAME_LENGTH_MAX + " characters");
        }
        return name;
    }
}
