package io.tidemill.kafka.protocol;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Readable;

/**
 * Reads one request, and refuses one with too many fields.
 *
 * <p>The generated readers compare an array's announced length with the bytes that are left, so that no length can ask for
 * more elements than the request has bytes. But an element of two bytes becomes an object of fifty, and a request may have
 * 64 MiB. So the fields are counted as they are read, and an array is told that no more bytes are left than fields.
 */
final class BoundedReader implements Readable {
    /** Enough for some fifty thousand partitions in one request. */
    static final int FIELDS_MAX = 500_000;

    private final ByteBufferAccessor bytes;
    private final int[] fieldsLeft;

    BoundedReader(ByteBuffer buffer) {
        this(new ByteBufferAccessor(buffer), new int[] {FIELDS_MAX});
    }

    private BoundedReader(ByteBufferAccessor bytes, int[] fieldsLeft) {
        this.bytes = bytes;
        this.fieldsLeft = fieldsLeft;
    }

    private ByteBufferAccessor field() {
        if (--fieldsLeft[0] < 0) {
            throw new IllegalArgumentException("more than " + FIELDS_MAX + " fields");
        }
        return bytes;
    }

    @Override
    public byte readByte() {
        return field().readByte();
    }

    @Override
    public short readShort() {
        return field().readShort();
    }

    @Override
    public int readInt() {
        return field().readInt();
    }

    @Override
    public long readLong() {
        return field().readLong();
    }

    @Override
    public double readDouble() {
        return field().readDouble();
    }

    @Override
    public byte[] readArray(int length) {
        return field().readArray(length);
    }

    @Override
    public int readUnsignedVarint() {
        return field().readUnsignedVarint();
    }

    @Override
    public ByteBuffer readByteBuffer(int length) {
        return field().readByteBuffer(length);
    }

    @Override
    public int readVarint() {
        return field().readVarint();
    }

    @Override
    public long readVarlong() {
        return field().readVarlong();
    }

    @Override
    public int remaining() {
        return Math.min(bytes.remaining(), fieldsLeft[0]);
    }

    int bytesRemaining() {
        return bytes.remaining();
    }

    @Override
    public Readable slice() {
        return new BoundedReader((ByteBufferAccessor) bytes.slice(), fieldsLeft);
    }
}
