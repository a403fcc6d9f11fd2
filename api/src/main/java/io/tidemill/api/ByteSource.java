package io.tidemill.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads what a {@link ByteSink} wrote. Reading past the end throws {@link IllegalStateException}. Not thread-safe. */
public final class ByteSource {
    private byte[] bytes;
    private int position;
    private int limit;

    public ByteSource(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    public ByteSource(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        position = offset;
        limit = offset + length;
    }

    public void reset(byte[] newBytes, int offset, int length) {
        bytes = newBytes;
        position = offset;
        limit = offset + length;
    }

    public int remaining() {
        return limit - position;
    }

    public byte readByte() {
        need(1);
        return bytes[position++];
    }

    public int readInt() {
        need(4);
        int value = (bytes[position] & 0xFF) << 24
                | (bytes[position + 1] & 0xFF) << 16
                | (bytes[position + 2] & 0xFF) << 8
                | (bytes[position + 3] & 0xFF);
        position += 4;
        return value;
    }

    public long readLong() {
        return ((long) readInt() << 32) | (readInt() & 0xFFFF_FFFFL);
    }

    public double readDouble() {
        return Double.longBitsToDouble(readLong());
    }

    public int readVarint() {
        long value = readUnsigned();
        if (value < 0 || value > 0xFFFF_FFFFL) {
            throw new IllegalStateException("a varint of more than 32 bits");
        }
        return (int) value;
    }

    public long readVarlong() {
        long value = readUnsigned();
        return (value >>> 1) ^ -(value & 1);
    }

    private long readUnsigned() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = readByte();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalStateException("a varint of more than 64 bits");
    }

    public byte[] readSized() {
        int length = readVarint();
        return readBytes(length);
    }

    public byte[] readBytes(int length) {
        if (length < 0) {
            throw new IllegalStateException("negative length " + length);
        }
        need(length);
        byte[] copy = Arrays.copyOfRange(bytes, position, position + length);
        position += length;
        return copy;
    }

    public String readText() {
        int length = readVarint();
        if (length < 0) {
            throw new IllegalStateException("negative length " + length);
        }
        need(length);
        String text = new String(bytes, position, length, StandardCharsets.UTF_8);
        position += length;
        return text;
    }

    private void need(int count) {
        if (limit - position < count) {
            throw new IllegalStateException(count + " bytes wanted, " + (limit - position) + " left");
        }
    }
}
