package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The keys of what lanes of rows keep: behind operator and time the user's key with its length, and then what tells
 * entries of one key apart.
 */
final class RowKeys {
    private static final long SLOT_ID_MASK = Long.MAX_VALUE >>> 1;

    private RowKeys() {}

    /** @param part tells it from others of the same kind, time and user's key */
    record Parts(byte[] userKey, byte[] part) {}

    static byte[] of(byte[] userKey, byte[] part) {
        ByteSink sink = new ByteSink(userKey.length + part.length + 5);
        sink.writeSized(userKey);
        sink.write(part);
        return sink.toByteArray();
    }

    static Parts parts(byte[] key) {
        ByteSource source = new ByteSource(key);
        return new Parts(source.readSized(), source.readBytes(source.remaining()));
    }

    /** The hash of the user's key, by which entries find their lane. */
    static int hash(byte[] key) {
        ByteSource source = new ByteSource(key);
        int length = source.readVarint();
        return Murmur2.hash(key, key.length - source.remaining(), length);
    }

    /** In place of a window: the millisecond of a row or timer. */
    static Window at(long timeMillis) {
        return Cell.millisecond(timeMillis);
    }

    /** In place of a window: which state of the operator it is. */
    static Window slot(long slotId) {
        return new Window(slotId, slotId + 1);
    }

    /** The id of a state: 62 bits of its name. */
    static long slotId(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        long hash = 0xcbf29ce484222325L;
        for (byte each : bytes) {
            // FNV-1a
            hash = (hash ^ (each & 0xFF)) * 0x100000001b3L;
        }
        return (hash ^ hash >>> 32) & SLOT_ID_MASK;
    }

    /** The input of a row, then its origin. */
    static byte[] ofRow(int input, byte[] origin) {
        byte[] part = new byte[1 + origin.length];
        part[0] = (byte) input;
        System.arraycopy(origin, 0, part, 1, origin.length);
        return part;
    }

    static byte[] origin(byte[] rowPart) {
        return Arrays.copyOfRange(rowPart, 1, rowPart.length);
    }
}
