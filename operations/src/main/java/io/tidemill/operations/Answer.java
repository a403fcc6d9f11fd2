package io.tidemill.operations;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a result's record should hold.
 *
 * @param value null where there should be no record
 * @param failure why there should be none; null if there is nothing that could fail
 */
record Answer(byte @Nullable [] value, @Nullable String failure) {
    static final Answer NONE = new Answer(null, null);

    static Answer of(byte @Nullable [] value) {
        return value == null ? NONE : new Answer(value, null);
    }

    static Answer failed(String why) {
        return new Answer(null, why);
    }

    boolean is(byte @Nullable [] actual) {
        return Arrays.equals(value, actual);
    }

    String text() {
        if (value != null) {
            return Printable.bytes(value);
        }
        return failure == null ? "no result" : "no result, because it fails: " + Printable.cut(failure);
    }
}
