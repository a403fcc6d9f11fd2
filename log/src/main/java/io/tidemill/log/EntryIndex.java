package io.tidemill.log;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Where one partition's batches lie in one file, in the order of their offsets. Not thread-safe. */
final class EntryIndex {
    static final int ENTRY_BYTES = 40;

    private long[] baseOffsets;
    private long[] lastOffsets;
    private int[] positions;
    private int[] lengths;
    private long[] maxTimestamps;
    private long[] appendTimes;
    private int count;
    private long bytes;
    private long maxTimestamp = Long.MIN_VALUE;

    EntryIndex() {
        this(4);
    }

    private EntryIndex(int capacity) {
        baseOffsets = new long[capacity];
        lastOffsets = new long[capacity];
        positions = new int[capacity];
        lengths = new int[capacity];
        maxTimestamps = new long[capacity];
        appendTimes = new long[capacity];
    }

    void add(long baseOffset, long lastOffset, int position, int length, long timestamp, long appendTime) {
        if (count == baseOffsets.length) {
            int wider = count * 2;
            baseOffsets = Arrays.copyOf(baseOffsets, wider);
            lastOffsets = Arrays.copyOf(lastOffsets, wider);
            positions = Arrays.copyOf(positions, wider);
            lengths = Arrays.copyOf(lengths, wider);
            maxTimestamps = Arrays.copyOf(maxTimestamps, wider);
            appendTimes = Arrays.copyOf(appendTimes, wider);
        }
        baseOffsets[count] = baseOffset;
        lastOffsets[count] = lastOffset;
        positions[count] = position;
        lengths[count] = length;
        maxTimestamps[count] = timestamp;
        appendTimes[count] = appendTime;
        count++;
        bytes += length;
        maxTimestamp = Math.max(maxTimestamp, timestamp);
    }

    /** The first entry whose last offset is {@code offset} or more; {@link #count} if there is none. */
    int find(long offset) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (lastOffsets[middle] < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    int count() {
        return count;
    }

    /** Of all entries together. */
    long bytes() {
        return bytes;
    }

    long maxTimestamp() {
        return maxTimestamp;
    }

    long firstOffset() {
        return baseOffsets[0];
    }

    long lastOffset() {
        return lastOffsets[count - 1];
    }

    long baseOffset(int index) {
        return baseOffsets[index];
    }

    long lastOffset(int index) {
        return lastOffsets[index];
    }

    int position(int index) {
        return positions[index];
    }

    int length(int index) {
        return lengths[index];
    }

    long maxTimestamp(int index) {
        return maxTimestamps[index];
    }

    long appendTime(int index) {
        return appendTimes[index];
    }

    void write(ByteBuffer into) {
        into.putInt(count);
        for (int i = 0; i < count; i++) {
            into.putLong(baseOffsets[i])
                    .putLong(lastOffsets[i])
                    .putInt(positions[i])
                    .putInt(lengths[i]);
            into.putLong(maxTimestamps[i]).putLong(appendTimes[i]);
        }
    }

    static EntryIndex read(ByteBuffer from) {
        int count = from.getInt();
        if (count < 0 || (long) count * ENTRY_BYTES > from.remaining()) {
            throw new IllegalArgumentException("an index of " + count + " entries in " + from.remaining() + " bytes");
        }
        EntryIndex index = new EntryIndex(Math.max(1, count));
        for (int i = 0; i < count; i++) {
            long base = from.getLong();
            long last = from.getLong();
            int position = from.getInt();
            int length = from.getInt();
            index.add(base, last, position, length, from.getLong(), from.getLong());
        }
        return index;
    }
}
