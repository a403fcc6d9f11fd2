package io.tidemill.engine;

import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import io.tidemill.engine.savepoint.SavepointEntry;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Keys that sort as the entries of a savepoint do: by section, operator, kind, start, end and the user's key. */
final class SavepointKeys {
    static final byte PIPELINE = 0;
    static final byte OPERATOR = 1;
    static final byte LATE = 2;

    private static final byte[] NO_KEY = {};
    private static final int SECTION_BYTES = 1 + Integer.BYTES;
    private static final int PREFIX_BYTES = SECTION_BYTES + 1 + 2 * Long.BYTES;

    private SavepointKeys() {}

    static byte[] ofPipeline(byte kind, long start) {
        return of(PIPELINE, 0, kind, start, 0, NO_KEY);
    }

    static byte[] ofLate(byte kind, long partition, long offset) {
        return of(LATE, 0, kind, partition, offset, NO_KEY);
    }

    static byte[] ofOperator(int operator, byte kind, Window window, byte[] key) {
        return of(OPERATOR, operator, kind, window.startMillis(), window.endMillis(), key);
    }

    private static byte[] of(byte section, int operator, byte kind, long start, long end, byte[] key) {
        return ByteBuffer.allocate(PREFIX_BYTES + key.length)
                .put(section)
                .putInt(operator)
                .put(kind)
                .putLong(start ^ Long.MIN_VALUE)
                .putLong(end ^ Long.MIN_VALUE)
                .put(key)
                .array();
    }

    static byte section(byte[] bytes) {
        return bytes[0];
    }

    static int operator(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getInt(1);
    }

    static SavepointEntry entry(byte[] bytes, byte[] value) {
        ByteSource source = new ByteSource(bytes, SECTION_BYTES, bytes.length - SECTION_BYTES);
        return new SavepointEntry(
                source.readByte(),
                source.readLong() ^ Long.MIN_VALUE,
                source.readLong() ^ Long.MIN_VALUE,
                Arrays.copyOfRange(bytes, PREFIX_BYTES, bytes.length),
                value);
    }
}
