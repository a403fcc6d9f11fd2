package io.tidemill.log;

import io.tidemill.api.ByteSink;
import io.tidemill.log.FrameFormat.FrameHeader;
import io.tidemill.log.batch.Batch;
import java.nio.ByteBuffer;

/** Assembles one frame at a time in a buffer that is used again. Not thread-safe. */
final class FrameBuffer {
    /** A frame larger than this gets a buffer of its own, so that one large commit does not keep its memory for ever. */
    private static final int KEPT_BYTES_MAX = 16 << 20;

    private final ByteSink sink = new ByteSink();
    private ByteBuffer kept = ByteBuffer.allocateDirect(64 << 10);
    private ByteBuffer frame = kept;
    private int entryCount;

    /** Begins a frame whose entries will have at most {@code bodyBytes} bytes together. */
    void begin(long bodyBytes) {
        int wanted = Math.toIntExact(bodyBytes + FrameFormat.FRAME_HEADER_BYTES);
        if (wanted > KEPT_BYTES_MAX) {
            frame = ByteBuffer.allocate(wanted);
        } else {
            if (kept.capacity() < wanted) {
                kept = ByteBuffer.allocateDirect(Math.max(wanted, kept.capacity() * 2));
            }
            frame = kept;
        }
        frame.clear().position(FrameFormat.FRAME_HEADER_BYTES);
        entryCount = 0;
    }

    static long sizeOf(Batch batch) {
        return sizeOf(batch.sizeInBytes());
    }

    static long sizeOf(int batchBytes) {
        return FrameFormat.RECORDS_HEADER_BYTES + (long) batchBytes + FrameFormat.ENTRY_CRC_BYTES;
    }

    /** Adds a batch under its offset; returns where the entry starts in the frame. */
    int addRecords(long partitionKey, long baseOffset, Batch batch) {
        int start = putRecords(partitionKey, batch.bytes());
        frame.putLong(start + FrameFormat.RECORDS_HEADER_BYTES, baseOffset);
        finishEntry(start);
        return start;
    }

    /** Adds a batch that has its offsets. */
    int addRecords(long partitionKey, ByteBuffer batch) {
        int start = putRecords(partitionKey, batch);
        finishEntry(start);
        return start;
    }

    private int putRecords(long partitionKey, ByteBuffer batch) {
        int start = frame.position();
        int length = (int) sizeOf(batch.remaining());
        frame.putInt(length).put(FrameFormat.ENTRY_RECORDS).put(new byte[3]);
        frame.putInt(FrameFormat.topicId(partitionKey)).putInt(FrameFormat.partition(partitionKey));
        frame.put(batch.duplicate());
        return start;
    }

    /** Adds an entry as it lies in another file. */
    int addCopy(ByteBuffer entry) {
        int start = frame.position();
        frame.put(entry.duplicate());
        entryCount++;
        return start;
    }

    /** The bytes that {@link #addChange} will need. */
    int encode(Change change) {
        sink.reset();
        ChangeCodec.write(change, sink);
        return FrameFormat.ENTRY_HEADER_BYTES + sink.size() + FrameFormat.ENTRY_CRC_BYTES;
    }

    void addChange(Change change) {
        int length = encode(change);
        int start = frame.position();
        frame.putInt(length).put(FrameFormat.ENTRY_CHANGE).put(new byte[3]);
        frame.put(sink.array(), 0, sink.size());
        finishEntry(start);
    }

    private void finishEntry(int start) {
        frame.putInt(FrameFormat.crc(frame, start, frame.position() - start));
        entryCount++;
    }

    /** The finished frame, ready to be written; valid until the next {@link #begin}. */
    ByteBuffer finish(long sequence, long appendTimeMillis, long syncedSequence, long salt) {
        int end = frame.position();
        int bodyLength = end - FrameFormat.FRAME_HEADER_BYTES;
        int bodyCrc = FrameFormat.crc(frame, FrameFormat.FRAME_HEADER_BYTES, bodyLength);
        frame.position(0);
        new FrameHeader(bodyLength, sequence, appendTimeMillis, syncedSequence, entryCount, bodyCrc)
                .encode(frame, salt);
        return frame.position(0).limit(end);
    }

    int entryCount() {
        return entryCount;
    }
}
