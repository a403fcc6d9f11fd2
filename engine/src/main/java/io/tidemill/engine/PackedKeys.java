package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import java.util.Arrays;

/** Keys, one behind the other, each with its length; known by where it is. Not thread-safe. */
final class PackedKeys {
    /** A key of {@link RecordProcessor#KEY_BYTES_MAX} and its length fit. */
    private static final int CHUNK_BITS = 17;

    private static final int CHUNK_BYTES = 1 << CHUNK_BITS;
    private static final int FIRST_CHUNK_BYTES = 32;
    private static final int LENGTH_BYTES_MAX = 3;
    private static final long GARBAGE_BYTES_MIN = 4_096;

    private byte[][] chunks = {new byte[FIRST_CHUNK_BYTES]};
    private int chunkCount = 1;
    private int used;
    private long garbageBytes;

    long add(byte[] key, int start, int length) {
        byte[] chunk = chunks[chunkCount - 1];
        if (chunk.length - used < length + LENGTH_BYTES_MAX) {
            chunk = widen(length + LENGTH_BYTES_MAX);
        }
        long at = ((long) (chunkCount - 1) << CHUNK_BITS) | used;
        int left = length;
        while (left > 0x7F) {
            chunk[used++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        chunk[used++] = (byte) left;
        System.arraycopy(key, start, chunk, used, length);
        used += length;
        return at;
    }

    private byte[] widen(int bytes) {
        if (used + bytes <= CHUNK_BYTES) {
            int last = chunkCount - 1;
            int doubled = Math.max(used + bytes, chunks[last].length * 2);
            chunks[last] = Arrays.copyOf(chunks[last], Math.min(CHUNK_BYTES, doubled));
            return chunks[last];
        }
        if (chunkCount == chunks.length) {
            chunks = Arrays.copyOf(chunks, chunkCount * 2);
        }
        byte[] next = new byte[CHUNK_BYTES];
        chunks[chunkCount++] = next;
        used = 0;
        return next;
    }

    long copy(PackedKeys from, long at) {
        byte[] chunk = from.chunk(at);
        int offset = from.offset(at);
        return add(chunk, offset + lengthBytes(length(chunk, offset)), length(chunk, offset));
    }

    private byte[] chunk(long at) {
        return chunks[(int) (at >>> CHUNK_BITS)];
    }

    private int offset(long at) {
        return (int) at & (CHUNK_BYTES - 1);
    }

    private static int length(byte[] chunk, int offset) {
        int length = chunk[offset] & 0x7F;
        int at = offset;
        int shift = 7;
        while (chunk[at] < 0) {
            at++;
            length |= (chunk[at] & 0x7F) << shift;
            shift += 7;
        }
        return length;
    }

    private static int lengthBytes(int length) {
        return length < 1 << 7 ? 1 : length < 1 << 14 ? 2 : LENGTH_BYTES_MAX;
    }

    boolean equal(long at, byte[] key, int start, int length) {
        byte[] chunk = chunk(at);
        int offset = offset(at);
        if (length(chunk, offset) != length) {
            return false;
        }
        int from = offset + lengthBytes(length);
        return KeyBytes.equal(chunk, from, key, start, length);
    }

    byte[] get(long at) {
        byte[] chunk = chunk(at);
        int length = length(chunk, offset(at));
        int from = offset(at) + lengthBytes(length);
        return Arrays.copyOfRange(chunk, from, from + length);
    }

    void write(long at, ByteSink sink) {
        byte[] chunk = chunk(at);
        int length = length(chunk, offset(at));
        sink.write(chunk, offset(at) + lengthBytes(length), length);
    }

    /** Its bytes are given back when the others are copied. */
    void remove(long at) {
        int length = length(chunk(at), offset(at));
        garbageBytes += length + lengthBytes(length);
    }

    boolean isMostlyGarbage() {
        return garbageBytes > GARBAGE_BYTES_MIN && garbageBytes * 2 > ((long) (chunkCount - 1) << CHUNK_BITS) + used;
    }
}
