package io.tidemill.log.batch;

import io.tidemill.api.Header;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Builds one {@link Batch}. Not thread-safe; not reusable after {@link #build}. */
public final class BatchBuilder {
    /*
     * The layout is that of Kafka's message format 2 (KIP-98), written straight into an array: kafka-clients' own builder
     * makes a buffer and several streams' calls of every record, and grows by a tenth at a time, which was a sixth of what
     * a pipeline's step cost. It is tested against kafka-clients' reader.
     */
    private static final int BATCH_LENGTH_AT = 8;
    private static final int PARTITION_LEADER_EPOCH_AT = 12;
    private static final int MAGIC_AT = 16;
    private static final int CRC_AT = 17;
    private static final int ATTRIBUTES_AT = 21;
    private static final int LAST_OFFSET_DELTA_AT = 23;
    private static final int BASE_TIMESTAMP_AT = 27;
    private static final int MAX_TIMESTAMP_AT = 35;
    private static final int PRODUCER_ID_AT = 43;
    private static final int PRODUCER_EPOCH_AT = 51;
    private static final int BASE_SEQUENCE_AT = 53;
    private static final int RECORD_COUNT_AT = 57;

    /** What follows it is what the length counts. */
    private static final int LENGTH_END = 12;

    private static final byte MAGIC = 2;
    private static final long NONE = -1;
    private static final byte[] NO_HEADERS = {0};

    /** Attributes, and the longest of each number in a record that has no headers. */
    private static final int RECORD_OVERHEAD_MAX = 5 + 1 + 10 + 5 + 5 + 5;

    private final long baseOffset;
    private byte[] bytes;
    private int size = Batch.HEADER_BYTES;
    private int count;
    private int lastOffsetDelta;
    private long baseTimestamp = NONE;
    private long maxTimestamp = NONE;
    private int recordBytesMax;

    /** What was encoded last: the same headers often come again and again. */
    private List<Header> lastHeaders = List.of();

    private byte[] lastHeaderBytes = NO_HEADERS;

    public BatchBuilder() {
        this(1024);
    }

    /** @param bytesExpected how much room to start with; it grows as needed */
    public BatchBuilder(int bytesExpected) {
        this(bytesExpected, 0);
    }

    private BatchBuilder(int bytesExpected, long baseOffset) {
        this.baseOffset = baseOffset;
        this.bytes = new byte[Math.max(Batch.HEADER_BYTES + 64, bytesExpected)];
    }

    /** A batch of records that have their offsets already; only {@link #addAt} may be used on it. */
    public static BatchBuilder startingAt(long baseOffset, int bytesExpected) {
        return new BatchBuilder(bytesExpected, baseOffset);
    }

    /** Adds a record at its offset: more than the one before, and less than 2,147,483,648 after the first. */
    public void addAt(
            long offset,
            long timestampMillis,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<Header> headers) {
        long delta = offset - baseOffset;
        if (delta < 0 || delta > Integer.MAX_VALUE || (count > 0 && delta <= lastOffsetDelta)) {
            throw new IllegalArgumentException(
                    "offset " + offset + " does not follow in a batch that begins at " + baseOffset);
        }
        add((int) delta, timestampMillis, key, value, headers);
    }

    private static @Nullable ByteBuffer wrap(byte @Nullable [] bytes) {
        return bytes == null ? null : ByteBuffer.wrap(bytes);
    }

    /** Adds a record; {@code timestampMillis} is since the epoch, or -1 for none. */
    public void add(long timestampMillis, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {
        add(timestampMillis, wrap(key), wrap(value), headers);
    }

    public void add(long timestampMillis, @Nullable ByteBuffer key, @Nullable ByteBuffer value, List<Header> headers) {
        add(count == 0 ? 0 : lastOffsetDelta + 1, timestampMillis, key, value, headers);
    }

    private void add(
            int offsetDelta,
            long timestampMillis,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<Header> headers) {
        long timestamp = timestampMillis < 0 ? NONE : timestampMillis;
        if (count == 0) {
            baseTimestamp = timestamp;
        }
        byte[] header = headerBytes(headers);
        int keyLength = key == null ? -1 : key.remaining();
        int valueLength = value == null ? -1 : value.remaining();
        long timestampDelta = timestamp - baseTimestamp;
        int length = 1
                + sizeOf(timestampDelta)
                + sizeOf(offsetDelta)
                + sizeOf(keyLength)
                + Math.max(0, keyLength)
                + sizeOf(valueLength)
                + Math.max(0, valueLength)
                + header.length;
        reserve(RECORD_OVERHEAD_MAX + (long) length);
        int before = size;
        writeNumber(length);
        bytes[size++] = 0;
        writeNumber(timestampDelta);
        writeNumber(offsetDelta);
        write(keyLength, key);
        write(valueLength, value);
        System.arraycopy(header, 0, bytes, size, header.length);
        size += header.length;
        maxTimestamp = Math.max(maxTimestamp, timestamp);
        recordBytesMax = Math.max(recordBytesMax, size - before);
        lastOffsetDelta = offsetDelta;
        count++;
    }

    private void write(int length, @Nullable ByteBuffer from) {
        writeNumber(length);
        if (from != null && length > 0) {
            copy(from, length);
            size += length;
        }
    }

    private void copy(ByteBuffer from, int length) {
        if (from.hasArray()) {
            // The buffer's own way is long, which the JIT feels.
            System.arraycopy(from.array(), from.arrayOffset() + from.position(), bytes, size, length);
        } else {
            from.get(from.position(), bytes, size, length);
        }
    }

    private void reserve(long more) {
        long needed = size + more;
        if (needed > bytes.length) {
            if (needed > Integer.MAX_VALUE - 64) {
                throw new IllegalArgumentException("a batch has at most 2 GiB");
            }
            bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min(2L * bytes.length, Integer.MAX_VALUE - 64)));
        }
    }

    /** How long a number is: the sign in the lowest bit, seven bits a byte. */
    private static int sizeOf(long value) {
        long zigzag = value << 1 ^ value >> 63;
        return (zigzag & ~0x7FL) == 0 ? 1 : (70 - Long.numberOfLeadingZeros(zigzag)) / 7;
    }

    private void writeNumber(long value) {
        long rest = value << 1 ^ value >> 63;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    @SuppressWarnings("ReferenceEquality") // the very same list says the same: what else is equal is encoded again
    private byte[] headerBytes(List<Header> given) {
        // Itself where it cannot change.
        List<Header> headers = List.copyOf(given);
        if (headers != lastHeaders) {
            lastHeaderBytes = headers.isEmpty() ? NO_HEADERS : encode(headers);
            lastHeaders = headers;
        }
        return lastHeaderBytes;
    }

    private static byte[] encode(List<Header> headers) {
        BatchBuilder scratch = new BatchBuilder();
        scratch.size = 0;
        scratch.reserve(5);
        scratch.writeNumber(headers.size());
        for (Header header : headers) {
            byte[] name = header.name().getBytes(StandardCharsets.UTF_8);
            byte[] value = header.value();
            int valueLength = value == null ? -1 : value.length;
            scratch.reserve(10L + name.length + Math.max(0, valueLength));
            scratch.write(name.length, ByteBuffer.wrap(name));
            scratch.write(valueLength, wrap(value));
        }
        return Arrays.copyOf(scratch.bytes, scratch.size);
    }

    public int count() {
        return count;
    }

    /** The size so far. */
    public int sizeInBytes() {
        return size;
    }

    /** The batch; throws {@link IllegalStateException} if nothing was added. */
    public Batch build() {
        if (count == 0) {
            throw new IllegalStateException("a batch has at least one record");
        }
        ByteBuffer batch = ByteBuffer.wrap(bytes, 0, size).slice();
        batch.putLong(0, baseOffset);
        batch.putInt(BATCH_LENGTH_AT, size - LENGTH_END);
        batch.putInt(PARTITION_LEADER_EPOCH_AT, -1);
        batch.put(MAGIC_AT, MAGIC);
        batch.putShort(ATTRIBUTES_AT, (short) 0);
        batch.putInt(LAST_OFFSET_DELTA_AT, lastOffsetDelta);
        batch.putLong(BASE_TIMESTAMP_AT, baseTimestamp);
        batch.putLong(MAX_TIMESTAMP_AT, maxTimestamp);
        batch.putLong(PRODUCER_ID_AT, NONE);
        batch.putShort(PRODUCER_EPOCH_AT, (short) NONE);
        batch.putInt(BASE_SEQUENCE_AT, (int) NONE);
        batch.putInt(RECORD_COUNT_AT, count);
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, ATTRIBUTES_AT, size - ATTRIBUTES_AT);
        batch.putInt(CRC_AT, (int) checksum.getValue());
        return new Batch(batch, count, maxTimestamp, recordBytesMax);
    }
}
