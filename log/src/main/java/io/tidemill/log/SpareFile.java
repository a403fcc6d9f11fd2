package io.tidemill.log;

import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The file that the journal will go on in: made, and its first zeros on the disk, before it is needed, because all commits wait
 * while a file is begun. It has no name of a journal file until it is one; what a crash leaves of it is deleted at the next
 * opening. Thread-safe.
 */
final class SpareFile implements AutoCloseable {
    private final Disk disk;

    /** One that is taken keeps its name for a while, so each has another. */
    private int count;

    private @Nullable Begun ready;
    private boolean closed;

    SpareFile(Disk disk) {
        this.disk = disk;
    }

    /** A file without a frame; zeros lie up to {@code zeroedUpTo}. */
    record Begun(String path, DiskFile file, long zeroedUpTo) {
        static Begun in(Disk disk, String path) throws IOException {
            return new Begun(path, disk.create(path), 0);
        }
    }

    /** Makes it, unless it is there. What goes wrong is left to who needs it: nothing is lost without it. */
    synchronized void make(int zeroBytes) {
        if (closed || ready != null) {
            return;
        }
        String path = Segment.DIRECTORY + "/spare-" + count++ + Segment.UNFINISHED_SUFFIX;
        try {
            DiskFile file = disk.create(path);
            try {
                file.write(ByteBuffer.allocate(zeroBytes), 0);
                file.force();
                disk.syncDirectory(Segment.DIRECTORY);
                ready = new Begun(path, file, zeroBytes);
            } catch (IOException e) {
                file.close();
                throw e;
            }
        } catch (IOException e) {
            deleteIfPossible(path);
        }
    }

    /** The file, which is the caller's now; null if there is none. */
    synchronized @Nullable Begun take() {
        Begun taken = ready;
        ready = null;
        return taken;
    }

    private void deleteIfPossible(String path) {
        try {
            disk.delete(path);
        } catch (IOException e) {
            // The next opening deletes it.
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        Begun unused = take();
        if (unused != null) {
            try {
                unused.file.close();
            } catch (IOException e) {
                // It is empty.
            }
            deleteIfPossible(unused.path);
        }
    }
}
