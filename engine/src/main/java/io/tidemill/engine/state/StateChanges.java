package io.tidemill.engine.state;

import io.tidemill.api.ByteSink;
import java.util.Arrays;

/** Changes to a store, in order. Used again; not thread-safe. */
public final class StateChanges {
    private static final int DELETED = -1;

    private byte[] bytes = new byte[1024];
    private int size;

    /** Key length and value length, of each change. */
    private int[] lengths = new int[64];

    private int count;

    /** Takes changes, with slices of an array that is good during the call. */
    public interface Visitor {
        void put(byte[] array, int keyStart, int keyLength, int valueStart, int valueLength);

        void delete(byte[] array, int keyStart, int keyLength);
    }

    public void put(ByteSink key, ByteSink value) {
        add(key, value.size());
        append(value.array(), value.size());
    }

    public void delete(ByteSink key) {
        add(key, DELETED);
    }

    private void add(ByteSink key, int valueLength) {
        if (lengths.length < 2 * count + 2) {
            lengths = Arrays.copyOf(lengths, lengths.length * 2);
        }
        lengths[2 * count] = key.size();
        lengths[2 * count + 1] = valueLength;
        count++;
        append(key.array(), key.size());
    }

    private void append(byte[] array, int length) {
        if (bytes.length - size < length) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, length), (int)
                    Math.min(2L * bytes.length, Integer.MAX_VALUE - 8)));
        }
        System.arraycopy(array, 0, bytes, size, length);
        size += length;
    }

    public int count() {
        return count;
    }

    /** Of keys and values. */
    public int bytes() {
        return size;
    }

    public void clear() {
        // What one large step needed is not kept for ever.
        if (bytes.length > 16 << 20) {
            bytes = new byte[1024];
        }
        size = 0;
        count = 0;
    }

    public void forEach(Visitor visitor) {
        int at = 0;
        for (int i = 0; i < count; i++) {
            int key = lengths[2 * i];
            int value = lengths[2 * i + 1];
            if (value == DELETED) {
                visitor.delete(bytes, at, key);
                at += key;
            } else {
                visitor.put(bytes, at, key, at + key, value);
                at += key + value;
            }
        }
    }
}
