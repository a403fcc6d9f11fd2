package io.tidemill.log;

import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where each partition's batches lie in a sealed file, kept beside it. It can always be made again from the file, so it is
 * neither synced nor trusted: what does not fit is ignored.
 */
final class IndexFile {
    private static final Logger LOGGER = LoggerFactory.getLogger(IndexFile.class);
    private static final long MAGIC = 0x54494445_494E4458L; // "TIDEINDX"
    private static final int VERSION = 1;
    private static final int FIXED_BYTES = 8 + 4 + 8 + 4 + 8 + 8 + 4 + 4;

    private IndexFile() {}

    /** @param end where the file's sound frames end */
    record Content(long end, long lastSequence, Map<Long, EntryIndex> entries) {}

    static void write(Disk disk, Segment segment, Map<Long, EntryIndex> entries) throws IOException {
        long size = FIXED_BYTES;
        for (EntryIndex index : entries.values()) {
            size += Long.BYTES + Integer.BYTES + (long) index.count() * EntryIndex.ENTRY_BYTES;
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(size));
        bytes.putLong(MAGIC).putInt(VERSION);
        bytes.putLong(segment.header.id()).putInt(segment.header.generation());
        bytes.putLong(segment.end).putLong(segment.lastSequence).putInt(entries.size());
        entries.forEach((key, index) -> {
            bytes.putLong(key);
            index.write(bytes);
        });
        bytes.putInt(FrameFormat.crc(bytes, 0, bytes.position()));
        try (DiskFile file = disk.create(segment.indexPath())) {
            file.write(bytes.flip(), 0);
        }
    }

    /** Whether the index is on the disk; where it is not, it is to stay in memory, and is made again at the next opening. */
    static boolean writeIfPossible(Disk disk, Segment segment, Map<Long, EntryIndex> entries) {
        try {
            write(disk, segment, entries);
            return true;
        } catch (IOException e) {
            LOGGER.warn("Could not write {}: {}", segment.indexPath(), e.getMessage());
            return false;
        }
    }

    /** Null when there is none that fits the file. */
    static @Nullable Content read(Disk disk, Segment segment) throws IOException {
        if (!disk.exists(segment.indexPath())) {
            return null;
        }
        ByteBuffer bytes;
        try (DiskFile file = disk.open(segment.indexPath())) {
            long size = file.size();
            if (size < FIXED_BYTES || size > Integer.MAX_VALUE - 16) {
                return null;
            }
            bytes = ByteBuffer.allocate((int) size);
            file.read(bytes, 0);
        }
        bytes.flip();
        int body = bytes.limit() - Integer.BYTES;
        if (body < FIXED_BYTES - Integer.BYTES || bytes.getInt(body) != FrameFormat.crc(bytes, 0, body)) {
            return null;
        }
        boolean fits = bytes.getLong() == MAGIC
                && bytes.getInt() == VERSION
                && bytes.getLong() == segment.header.id()
                && bytes.getInt() == segment.header.generation();
        if (!fits) {
            return null;
        }
        long end = bytes.getLong();
        long lastSequence = bytes.getLong();
        Map<Long, EntryIndex> entries = new HashMap<>();
        for (int i = bytes.getInt(); i > 0; i--) {
            entries.put(bytes.getLong(), EntryIndex.read(bytes));
        }
        return new Content(end, lastSequence, entries);
    }
}
