package io.tidemill.log;

import io.tidemill.log.FrameFormat.FileHeader;
import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import io.tidemill.log.disk.DiskFullException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The write side of the journal: its last file, where the next frame goes, and which room is filled with zeros. Guarded by
 * the log's append lock, but for what is volatile.
 *
 * <p>Zeros are written ahead of the frames so that a sync of a small commit finds the file's length and blocks unchanged
 * and need not sync the file system's own journal too. They also are a reserve: ordinary commits leave the last of it
 * alone, so that retention can still record what it removes when the disk is full.
 */
final class Journal {
    private static final int RESERVE_BYTES = 16 << 10;
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 20).asReadOnlyBuffer();

    private final Disk disk;
    private final LogOptions options;
    private volatile Segment active;
    private long zeroedUpTo;
    private long nextSequence;
    private boolean endsInMark;

    Journal(Disk disk, LogOptions options, Segment active) {
        this.disk = disk;
        this.options = options;
        this.active = active;
        this.nextSequence = active.lastSequence + 1;
        this.zeroedUpTo = active.end;
    }

    Segment active() {
        return active;
    }

    long nextSequence() {
        return nextSequence;
    }

    /** Whether the last frame is one without entries. */
    boolean endsInMark() {
        return endsInMark;
    }

    /** Whether a frame of {@code bytes} is to go to a new file. As much as its head takes, a file takes in any case. */
    boolean isFullFor(long bytes) {
        return active.end + bytes > Math.max(options.segmentBytes(), 2 * active.headEnd)
                && active.end > FrameFormat.FILE_HEADER_BYTES;
    }

    /** Writes a frame at the end of the last file; returns where. Nothing has happened if it throws. */
    long write(ByteBuffer frame, int entryCount, boolean mayUseReserve) throws IOException {
        Segment segment = active;
        long start = segment.end;
        long end = start + frame.remaining();
        makeRoom(end, mayUseReserve);
        segment.file.write(frame, start);
        segment.end = end;
        segment.lastSequence = nextSequence++;
        endsInMark = entryCount == 0;
        return start;
    }

    private void makeRoom(long frameEnd, boolean mayUseReserve) throws IOException {
        if (options.preallocateBytes() == 0 || frameEnd + RESERVE_BYTES <= zeroedUpTo) {
            return;
        }
        // A frame that reaches beyond the zeros writes its own blocks; zeros follow it, for the commits after it.
        long from = Math.max(zeroedUpTo, frameEnd);
        long to = from + Math.max(RESERVE_BYTES, options.preallocateBytes());
        try {
            for (long at = from; at < to; at += ZEROS.capacity()) {
                active.file.write(ZEROS.duplicate().limit((int) Math.min(ZEROS.capacity(), to - at)), at);
            }
            zeroedUpTo = to;
        } catch (DiskFullException e) {
            if (!mayUseReserve) {
                throw e;
            }
        }
    }

    /** Makes the file that follows the active one, with {@code head} as its first frame, durable. */
    Segment createNext(FrameBuffer buffer, Change.Snapshot head, long nowMillis) throws IOException {
        Segment next = create(disk, active.header.id() + 1, nextSequence, buffer, head, nowMillis);
        nextSequence++;
        active = next;
        zeroedUpTo = next.end;
        endsInMark = false;
        return next;
    }

    static Segment create(Disk disk, long id, long sequence, FrameBuffer buffer, Change.Snapshot head, long nowMillis)
            throws IOException {
        FileHeader header = new FileHeader(id, 0, sequence, 0, nowMillis);
        buffer.begin(buffer.encode(head));
        buffer.addChange(head);
        ByteBuffer frame = buffer.finish(sequence, nowMillis, sequence - 1, header.salt());
        Segment segment = new Segment(header, createFile(disk, header, frame), FrameFormat.FILE_HEADER_BYTES);
        segment.end += frame.limit();
        segment.headEnd = segment.end;
        segment.lastSequence = sequence;
        return segment;
    }

    /**
     * The file gets its name only when its first frame is on the disk, so that a named file whose beginning does not read
     * was damaged, not torn.
     */
    private static DiskFile createFile(Disk disk, FileHeader header, ByteBuffer frame) throws IOException {
        String path = Segment.path(header);
        DiskFile file = disk.create(path + Segment.UNFINISHED_SUFFIX);
        try {
            file.write(header.encode(), 0);
            file.write(frame.duplicate(), FrameFormat.FILE_HEADER_BYTES);
            file.force();
            disk.rename(path + Segment.UNFINISHED_SUFFIX, path);
            disk.syncDirectory(Segment.DIRECTORY);
            file.close();
            return disk.open(path);
        } catch (IOException e) {
            file.close();
            disk.delete(path + Segment.UNFINISHED_SUFFIX);
            throw e;
        }
    }
}
