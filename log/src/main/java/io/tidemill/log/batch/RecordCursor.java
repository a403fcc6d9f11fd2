package io.tidemill.log.batch;

import io.tidemill.api.Header;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.BufferSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The records of one fetch, one after the other, without an object per record. Its buffer is used again by the next fetch
 * into it, so nothing that it returned may be kept beyond that, copies excepted. Not thread-safe.
 */
public final class RecordCursor {
    /*
     * The layout is that of Kafka's message format 2 (KIP-98). kafka-clients' own iterator makes four objects per record,
     * which is a third of the cost of reading; hence the second reader here, tested against the first. Compressed batches
     * are inflated by kafka-clients.
     */
    private static final int LENGTH_AT = 8;
    private static final int ATTRIBUTES_AT = 21;
    private static final int LAST_OFFSET_DELTA_AT = 23;
    private static final int BASE_TIMESTAMP_AT = 27;
    private static final int MAX_TIMESTAMP_AT = 35;
    private static final int RECORD_COUNT_AT = 57;
    private static final int COMPRESSION_MASK = 0x07;
    private static final int LOG_APPEND_TIME_MASK = 0x08;
    private static final int CONTROL_MASK = 0x20;

    /** What a batch may inflate to; a larger one is refused as damaged. */
    static final int INFLATED_BYTES_MAX = 256 << 20;

    /** For {@link #addBatch}: each record's own timestamp is the time of its append, or the best that is known of it. */
    public static final long APPENDED_AT_ITS_TIMESTAMP = Long.MIN_VALUE;

    private byte[] buffer = new byte[0];
    private int bufferSize;
    private int[] batchStarts = new int[16];
    private int[] batchLengths = new int[16];
    private long[] appendTimes = new long[16];
    private int batchCount;
    private long fromOffset;
    private long nextOffset;

    private int batch;
    private byte[] data = buffer;
    private int position;
    private int recordsLeft;
    private long baseOffset;
    private long baseTimestamp;
    private boolean logAppendTime;
    private long maxTimestamp;

    private long offset;
    private long timestamp;
    private int keyStart;
    private int keyLength;
    private int valueStart;
    private int valueLength;
    private int headersStart;

    /** Empties the cursor for a fetch that starts at {@code from}. */
    public void reset(long from) {
        bufferSize = 0;
        batchCount = 0;
        fromOffset = from;
        nextOffset = from;
        rewind();
    }

    /** Goes back to before the first record. */
    public void rewind() {
        batch = 0;
        recordsLeft = 0;
        offset = fromOffset - 1;
    }

    /** Room for {@code length} more bytes in {@link #array}; returns where they start. */
    public int reserve(int length) {
        int start = bufferSize;
        if (buffer.length - start < length) {
            buffer = Arrays.copyOf(buffer, Math.max(start + length, Math.min(buffer.length * 2, 64 << 20)));
        }
        bufferSize += length;
        return start;
    }

    /** Where {@link #reserve} made room. */
    public byte[] reserved() {
        return buffer;
    }

    /** Adds the batch at {@code start} of the reserved bytes, which were appended to the log at {@code appendTimeMillis}. */
    public void addBatch(int start, int length, long appendTimeMillis) {
        if (batchCount == batchStarts.length) {
            batchStarts = Arrays.copyOf(batchStarts, batchCount * 2);
            batchLengths = Arrays.copyOf(batchLengths, batchCount * 2);
            appendTimes = Arrays.copyOf(appendTimes, batchCount * 2);
        }
        batchStarts[batchCount] = start;
        batchLengths[batchCount] = length;
        appendTimes[batchCount] = appendTimeMillis;
        batchCount++;
        nextOffset = Math.max(nextOffset, longAt(buffer, start) + intAt(buffer, start + LAST_OFFSET_DELTA_AT) + 1);
    }

    /** Says that there is nothing to read before {@code next}, though no batch was added. */
    public void skipTo(long next) {
        nextOffset = Math.max(nextOffset, next);
    }

    /** Moves to the next record; false when there is none. */
    public boolean next() {
        while (true) {
            while (recordsLeft == 0) {
                if (batch == batchCount) {
                    return false;
                }
                openBatch(batch++);
            }
            recordsLeft--;
            readRecord();
            if (offset >= fromOffset) {
                return true;
            }
        }
    }

    private void openBatch(int index) {
        int start = batchStarts[index];
        byte[] source = buffer;
        int attributes = source[start + ATTRIBUTES_AT + 1];
        baseOffset = longAt(source, start);
        baseTimestamp = longAt(source, start + BASE_TIMESTAMP_AT);
        maxTimestamp = longAt(source, start + MAX_TIMESTAMP_AT);
        logAppendTime = (attributes & LOG_APPEND_TIME_MASK) != 0;
        recordsLeft = (attributes & CONTROL_MASK) != 0 ? 0 : intAt(source, start + RECORD_COUNT_AT);
        if ((attributes & COMPRESSION_MASK) == 0) {
            data = source;
            position = start + Batch.HEADER_BYTES;
        } else if (recordsLeft > 0) {
            data = inflate(ByteBuffer.wrap(source, start, batchLengths[index]).slice());
            position = 0;
        }
    }

    private static byte[] inflate(ByteBuffer batch) {
        DefaultRecordBatch compressed = (DefaultRecordBatch)
                MemoryRecords.readableRecords(batch).batches().iterator().next();
        try (InputStream in = compressed.recordInputStream(BufferSupplier.NO_CACHING)) {
            byte[] inflated = in.readNBytes(INFLATED_BYTES_MAX + 1);
            if (inflated.length > INFLATED_BYTES_MAX) {
                throw new IllegalStateException(
                        "a record batch inflates to more than " + INFLATED_BYTES_MAX + " bytes");
            }
            return inflated;
        } catch (IOException e) {
            throw new IllegalStateException("a record batch cannot be inflated: " + e.getMessage(), e);
        }
    }

    private void readRecord() {
        int length = varint();
        int end = position + length;
        position++; // attributes, unused in format 2
        long timestampDelta = varlong();
        offset = baseOffset + varint();
        timestamp = logAppendTime ? maxTimestamp : baseTimestamp + timestampDelta;
        keyLength = varint();
        keyStart = position;
        position += Math.max(0, keyLength);
        valueLength = varint();
        valueStart = position;
        headersStart = valueStart + Math.max(0, valueLength);
        if (length < 0 || end > data.length || headersStart >= end) {
            throw new IllegalStateException("a record's lengths do not fit its batch");
        }
        position = end;
    }

    /** Most are of one byte or two: those without a loop. */
    private int varint() {
        byte[] source = data;
        int at = position;
        byte first = source[at];
        if (first >= 0) {
            position = at + 1;
            return (first >>> 1) ^ -(first & 1);
        }
        byte second = source[at + 1];
        if (second >= 0) {
            position = at + 2;
            return (((first & 0x7F) | (second << 7)) >>> 1) ^ -(first & 1);
        }
        return (int) varlong();
    }

    private long varlong() {
        byte[] source = data;
        int at = position;
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = source[at++];
            value |= (long) (next & 0x7F) << shift;
            shift += 7;
        } while (next < 0);
        position = at;
        return (value >>> 1) ^ -(value & 1);
    }

    public long offset() {
        return offset;
    }

    /** Since the epoch; -1 where the producer gave none. */
    public long timestampMillis() {
        return timestamp;
    }

    /** When the log took the record in, by the log's clock. */
    public long appendTimeMillis() {
        long appendTime = appendTimes[batch - 1];
        return appendTime == APPENDED_AT_ITS_TIMESTAMP ? timestamp : appendTime;
    }

    /** The array that the key and the value lie in. */
    public byte[] array() {
        return data;
    }

    public int keyStart() {
        return keyStart;
    }

    /** -1 where there is no key. */
    public int keyLength() {
        return keyLength;
    }

    public int valueStart() {
        return valueStart;
    }

    /** -1 where there is no value (a tombstone). */
    public int valueLength() {
        return valueLength;
    }

    /** A copy of the key. */
    public byte @Nullable [] key() {
        return keyLength < 0 ? null : Arrays.copyOfRange(data, keyStart, keyStart + keyLength);
    }

    /** A copy of the value. */
    public byte @Nullable [] value() {
        return valueLength < 0 ? null : Arrays.copyOfRange(data, valueStart, valueStart + valueLength);
    }

    /** Copies of the headers. */
    public List<Header> headers() {
        int resume = position;
        position = headersStart;
        int count = varint();
        List<Header> headers = count == 0 ? List.of() : new ArrayList<>(Math.min(count, 64));
        for (int i = 0; i < count; i++) {
            int nameLength = varint();
            String name = new String(data, position, nameLength, StandardCharsets.UTF_8);
            position += nameLength;
            int length = varint();
            headers.add(new Header(name, length < 0 ? null : Arrays.copyOfRange(data, position, position + length)));
            position += Math.max(0, length);
        }
        position = resume;
        return headers;
    }

    /** The value of the last header of that name, or null. */
    public byte @Nullable [] header(String name) {
        byte[] found = null;
        for (Header header : headers()) {
            if (header.name().equals(name)) {
                found = header.value();
            }
        }
        return found;
    }

    /** Where the next fetch goes on: after the last record here, gaps included. */
    public long nextOffset() {
        return nextOffset;
    }

    public boolean isEmpty() {
        return batchCount == 0;
    }

    /** The bytes of all batches here. */
    public int sizeInBytes() {
        return bufferSize;
    }

    /** The batches themselves, as they lie in the log. */
    public List<ByteBuffer> batches() {
        List<ByteBuffer> batches = new ArrayList<>(batchCount);
        for (int i = 0; i < batchCount; i++) {
            int length = intAt(buffer, batchStarts[i] + LENGTH_AT) + LENGTH_AT + Integer.BYTES;
            batches.add(ByteBuffer.wrap(buffer, batchStarts[i], length).slice());
        }
        return batches;
    }

    private static int intAt(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 24
                | (bytes[at + 1] & 0xFF) << 16
                | (bytes[at + 2] & 0xFF) << 8
                | (bytes[at + 3] & 0xFF);
    }

    private static long longAt(byte[] bytes, int at) {
        return ((long) intAt(bytes, at) << 32) | (intAt(bytes, at + 4) & 0xFFFF_FFFFL);
    }
}
