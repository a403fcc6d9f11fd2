package io.tidemill.rocksdb;

import io.tidemill.engine.state.StateChanges;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Changes as RocksDB's WriteBatch has them in its bytes: handed over at once, instead of by a call for each. Not thread-safe.
 *
 * <p>A sequence number, 8 bytes, which RocksDB sets; the number of records, 4 bytes, both little-endian; each record a type, the
 * key's length as a varint, the key, and of a value the same.
 */
final class BatchBytes implements StateChanges.Visitor {
    private static final int HEADER_BYTES = 12;
    private static final int COUNT_AT = 8;
    private static final int RECORD_OVERHEAD_BYTES = 11;
    private static final byte[] NOTHING = {};
    private static final byte DELETION = 0;
    private static final byte VALUE = 1;

    private byte[] bytes = NOTHING;
    private int size;

    byte[] of(List<StateChanges> changes) {
        long room = HEADER_BYTES;
        int count = 0;
        for (StateChanges each : changes) {
            room += each.bytes() + (long) each.count() * RECORD_OVERHEAD_BYTES;
            count += each.count();
        }
        bytes = new byte[Math.toIntExact(room)];
        size = HEADER_BYTES;
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(COUNT_AT, count);
        changes.forEach(each -> each.forEach(this));
        byte[] built = Arrays.copyOf(bytes, size);
        bytes = NOTHING;
        return built;
    }

    @Override
    public void put(byte[] array, int keyStart, int keyLength, int valueStart, int valueLength) {
        bytes[size++] = VALUE;
        add(array, keyStart, keyLength);
        add(array, valueStart, valueLength);
    }

    @Override
    public void delete(byte[] array, int keyStart, int keyLength) {
        bytes[size++] = DELETION;
        add(array, keyStart, keyLength);
    }

    private void add(byte[] array, int start, int length) {
        int rest = length;
        while (rest >= 0x80) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
        System.arraycopy(array, start, bytes, size, length);
        size += length;
    }
}
