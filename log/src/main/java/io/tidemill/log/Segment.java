package io.tidemill.log;

import io.tidemill.log.FrameFormat.FileHeader;
import io.tidemill.log.batch.BatchHeader;
import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One journal file. Guarded by the log's state lock, but for the content of its file, and for the count of its readers,
 * which has its own.
 */
final class Segment {
    static final String DIRECTORY = "journal";
    private static final String SUFFIX = ".journal";
    private static final String INDEX_SUFFIX = ".index";
    static final String UNFINISHED_SUFFIX = ".new";

    final FileHeader header;
    final String path;
    final DiskFile file;
    /** Where the snapshot at its head ends; known of the last file. */
    long headEnd = FrameFormat.FILE_HEADER_BYTES;

    /** What its header says. */
    int formatVersion = FrameFormat.FILE_VERSION;

    /** Where the sound frames end. */
    long end;

    /** The newest sequence in it. */
    long lastSequence;

    /** What each partition has here; kept for as long as the file is. */
    final Map<Long, Slice> slices = new HashMap<>();

    /** Where each partition's batches are; null when it is only on the disk. */
    @Nullable
    Map<Long, EntryIndex> index = new HashMap<>();

    /** Whether nobody can find the file by a name any more; guarded by maintenance. */
    boolean nameless;

    private int readers;

    /** Who closes the file once the last reader is done; null while it is part of the journal. */
    private @Nullable Consumer<Segment> closer;

    Segment(FileHeader header, DiskFile file, long end) {
        this.header = header;
        this.path = path(header);
        this.file = file;
        this.end = end;
    }

    /** One partition's share of a file. */
    static final class Slice {
        final Segment segment;
        final long key;
        long firstOffset;
        long lastOffset;
        long bytes;
        long maxTimestamp;

        Slice(Segment segment, long key, EntryIndex entries) {
            this.segment = segment;
            this.key = key;
            update(entries);
        }

        void update(EntryIndex entries) {
            firstOffset = entries.firstOffset();
            lastOffset = entries.lastOffset();
            bytes = entries.bytes();
            maxTimestamp = entries.maxTimestamp();
        }
    }

    static String path(FileHeader header) {
        return DIRECTORY + "/" + String.format(Locale.ROOT, "%012d.%d", header.id(), header.generation()) + SUFFIX;
    }

    static boolean isName(String name) {
        return name.endsWith(SUFFIX);
    }

    static boolean isIndexName(String name) {
        return name.endsWith(INDEX_SUFFIX);
    }

    String indexPath() {
        return path.substring(0, path.length() - SUFFIX.length()) + INDEX_SUFFIX;
    }

    static String journalOfIndex(String indexName) {
        return indexName.substring(0, indexName.length() - INDEX_SUFFIX.length()) + SUFFIX;
    }

    /** Adds an entry to the index; returns the partition's slice. */
    Slice add(long key, BatchHeader batch, int position, int length, long appendTime) {
        Map<Long, EntryIndex> entries = index;
        if (entries == null) {
            throw new IllegalStateException(path + " is sealed");
        }
        EntryIndex mine = entries.computeIfAbsent(key, k -> new EntryIndex());
        mine.add(batch.baseOffset(), batch.lastOffset(), position, length, batch.maxTimestamp(), appendTime);
        Slice slice = slices.get(key);
        if (slice == null) {
            slice = new Slice(this, key, mine);
            slices.put(key, slice);
        } else {
            slice.update(mine);
        }
        return slice;
    }

    /** Takes an index that was read from the disk or made by a scan. */
    void adopt(Map<Long, EntryIndex> entries) {
        index = entries;
        if (slices.isEmpty()) {
            entries.forEach((key, mine) -> slices.put(key, new Slice(this, key, mine)));
        }
    }

    synchronized void acquire() {
        readers++;
    }

    synchronized void release() {
        readers--;
        closeIfUnused();
    }

    /** Its content is elsewhere or no longer needed: closes the file once the last reader is done. */
    void retire() {
        retire(Segment::close);
    }

    /** @param by whom the file is given to once the last reader is done, and who closes it */
    synchronized void retire(Consumer<Segment> by) {
        closer = by;
        closeIfUnused();
    }

    synchronized boolean isRetired() {
        return closer != null;
    }

    private void closeIfUnused() {
        if (closer != null && readers == 0) {
            closer.accept(this);
        }
    }

    void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new LogException(LogException.Code.IO, "cannot close " + path, e);
        }
    }

    LogException damaged(Disk disk, long position, String what) {
        return new LogException(
                LogException.Code.DAMAGED,
                "journal file " + disk.locate(path) + " is damaged at position " + position + ": " + what
                        + ". Restore the file from a backup, or the data directory from a replica;"
                        + " nothing was changed and no damaged record was served");
    }
}
