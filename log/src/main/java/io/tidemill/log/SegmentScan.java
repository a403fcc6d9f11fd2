package io.tidemill.log;

import io.tidemill.api.ByteSource;
import io.tidemill.log.FrameFormat.FrameHeader;
import io.tidemill.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads the frames of a file one after the other, checking every checksum. Not thread-safe. */
final class SegmentScan {
    private static final int WINDOW_BYTES = 1 << 20;

    private final DiskFile file;
    private final long salt;
    private final long fileSize;
    private ByteBuffer window = ByteBuffer.allocate(WINDOW_BYTES).limit(0);
    private long windowStart;
    private long position;
    private @Nullable FrameHeader frame;
    private long framePosition;

    SegmentScan(DiskFile file, long salt, long from) throws IOException {
        this.file = file;
        this.salt = salt;
        this.fileSize = file.size();
        this.position = from;
    }

    /** What a frame holds. */
    interface Visitor {
        /** {@code at} is where the entry starts in {@code bytes}, {@code position} where it starts in the file. */
        void records(ByteBuffer bytes, int at, int length, long position, FrameHeader frame) throws IOException;

        void change(Change change, FrameHeader frame) throws IOException;
    }

    /** Moves to the next frame; false at the first byte that does not begin a sound one. */
    boolean next() throws IOException {
        ByteBuffer bytes = load(position, FrameFormat.FRAME_HEADER_BYTES);
        if (bytes == null) {
            return false;
        }
        FrameHeader header = FrameHeader.decode(bytes, at(position), salt);
        if (header == null) {
            return false;
        }
        long bodyStart = position + FrameFormat.FRAME_HEADER_BYTES;
        ByteBuffer body = load(bodyStart, header.bodyLength());
        if (body == null || FrameFormat.crc(body, at(bodyStart), header.bodyLength()) != header.bodyCrc()) {
            return false;
        }
        frame = header;
        framePosition = position;
        position = bodyStart + header.bodyLength();
        return true;
    }

    FrameHeader frame() {
        if (frame == null) {
            throw new IllegalStateException("no frame was read");
        }
        return frame;
    }

    /** Where the current frame starts. */
    long framePosition() {
        return framePosition;
    }

    /** Where the current frame ends: the next one starts here. */
    long position() {
        return position;
    }

    /** Hands the current frame's entries to {@code visitor}. */
    void visit(Visitor visitor) throws IOException {
        FrameHeader header = frame();
        long entry = framePosition + FrameFormat.FRAME_HEADER_BYTES;
        ByteBuffer bytes = load(entry, header.bodyLength());
        if (bytes == null) {
            throw new IllegalStateException("the file became shorter");
        }
        for (int i = 0; i < header.entryCount(); i++) {
            int at = at(entry);
            int length = bytes.getInt(at);
            byte type = bytes.get(at + 4);
            if (type == FrameFormat.ENTRY_RECORDS) {
                visitor.records(bytes, at, length, entry, header);
            } else if (type == FrameFormat.ENTRY_CHANGE) {
                int payload = length - FrameFormat.ENTRY_HEADER_BYTES - FrameFormat.ENTRY_CRC_BYTES;
                visitor.change(
                        ChangeCodec.read(new ByteSource(bytes.array(), at + FrameFormat.ENTRY_HEADER_BYTES, payload)),
                        header);
            } else {
                throw new IllegalStateException("an entry of the unknown type " + type);
            }
            entry += length;
        }
    }

    /**
     * Looks beyond {@code from} for a frame that was written after frame {@code sequence} was known to be on the disk.
     * There is one only if that frame was damaged after it had been synced.
     */
    boolean laterFrameKnowsSynced(long from, long sequence) throws IOException {
        for (long at = from; at + FrameFormat.FRAME_HEADER_BYTES <= fileSize; at++) {
            ByteBuffer bytes = load(at, FrameFormat.FRAME_HEADER_BYTES);
            if (bytes == null) {
                return false;
            }
            int start = at(at);
            if (bytes.getInt(start) == FrameFormat.FRAME_MAGIC) {
                FrameHeader header = FrameHeader.decode(bytes, start, salt);
                if (header != null && header.sequence() > sequence && header.syncedSequence() >= sequence) {
                    return true;
                }
            }
        }
        return false;
    }

    private int at(long filePosition) {
        return (int) (filePosition - windowStart);
    }

    /** The window, moved or widened to hold these bytes; null when the file ends before them. */
    private @Nullable ByteBuffer load(long from, int length) throws IOException {
        if (length < 0 || from + length > fileSize) {
            return null;
        }
        if (from >= windowStart && from + length <= windowStart + window.limit()) {
            return window;
        }
        int wanted = (int) Math.min(Math.max(length, WINDOW_BYTES), fileSize - from);
        if (window.capacity() < wanted) {
            window = ByteBuffer.allocate(wanted);
        }
        window.clear().limit(wanted);
        windowStart = from;
        window.limit(file.read(window, from)).position(0);
        return window.limit() < length ? null : window;
    }
}
