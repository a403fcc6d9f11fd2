package io.tidemill.engine;

import io.tidemill.api.ByteSource;
import io.tidemill.engine.savepoint.SavepointEntry;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Keys that sort as the entries of a savepoint do: by section, kind, start, end and the user's key. */
final class SavepointKeys {
    static final byte PIPELINE = 0;
    static final byte OPERATOR = 1;
    static final byte LATE = 2;

    private static final int PREFIX_BYTES = 2 + 2 * Long.BYTES;

    private SavepointKeys() {}

    static byte[] of(byte section, byte kind, long start, long end, byte[] key) {
        return ByteBuffer.allocate(PREFIX_BYTES + key.length)
                .put(section)
                .put(kind)
                .putLong(start ^ Long.MIN_VALUE)
                .putLong(end ^ Long.MIN_VALUE)
                .put(key)
                .array();
    }

    static SavepointEntry entry(byte[] bytes, byte[] value) {
        ByteSource source = new ByteSource(bytes, 1, bytes.length - 1);
        return new SavepointEntry(
                source.readByte(),
                source.readLong() ^ Long.MIN_VALUE,
                source.readLong() ^ Long.MIN_VALUE,
                Arrays.copyOfRange(bytes, PREFIX_BYTES, bytes.length),
                value);
    }
}
