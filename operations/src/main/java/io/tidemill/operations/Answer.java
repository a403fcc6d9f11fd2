package io.tidemill.operations;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a result's record should hold.
 *
 * @param value null where there should be no record
 * @param text what it says, or why there should be none
 */
record Answer(byte @Nullable [] value, String text) {
    static final Answer NONE = new Answer(null, "no result");

    static Answer of(byte[] value) {
        return new Answer(value, Printable.bytes(value));
    }

    static Answer failed(String why) {
        return new Answer(null, "no result, because it fails: " + Printable.cut(why));
    }

    boolean is(byte @Nullable [] actual) {
        return Arrays.equals(value, actual);
    }
}
