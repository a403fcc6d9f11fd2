package io.tidemill.operations;

import io.tidemill.api.Window;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The key of a result's record: the user's key and, where there are windows, the window's start and end. */
final class Identity {
    private static final int WINDOW_BYTES = 2 * Long.BYTES;

    private Identity() {}

    static byte[] of(byte[] key, @Nullable Window window) {
        return of(key, 0, key.length, window);
    }

    static byte[] of(byte[] from, int offset, int keyLength, @Nullable Window window) {
        if (window == null) {
            return Arrays.copyOfRange(from, offset, offset + keyLength);
        }
        return ByteBuffer.allocate(keyLength + WINDOW_BYTES)
                .put(from, offset, keyLength)
                .putLong(window.startMillis())
                .putLong(window.endMillis())
                .array();
    }

    /** The window in the identity of a windowed result; null if there is none. */
    static @Nullable Window windowOf(byte[] identity) {
        if (identity.length < WINDOW_BYTES) {
            return null;
        }
        ByteBuffer span = ByteBuffer.wrap(identity, identity.length - WINDOW_BYTES, WINDOW_BYTES);
        long start = span.getLong();
        long end = span.getLong();
        return start < end ? new Window(start, end) : null;
    }

    static int windowBytes(@Nullable Window window) {
        return window == null ? 0 : WINDOW_BYTES;
    }

    static byte[] keyOf(byte[] identity, @Nullable Window window) {
        return window == null ? identity : Arrays.copyOf(identity, identity.length - WINDOW_BYTES);
    }
}
