package io.tidemill.log;

import io.tidemill.log.Catalog.PartitionState;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.Segment.Slice;
import io.tidemill.log.disk.DiskFullException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Retention, compaction, and giving room back.
 *
 * <p>Retention only moves the starts of partitions, in a commit like any other. Room is given back by files: one in which
 * nothing is needed is deleted, one in which less than half is needed is rewritten without the rest, together with its
 * neighbours if they fit in one file. The last file is never touched.
 */
final class Maintenance {
    /** Where there is more to do, what comes is more than a quiet pace can follow. */
    static final long BACKLOG_BYTES = 2L << 30;

    private static final Logger LOGGER = LoggerFactory.getLogger(Maintenance.class);

    private final EmbeddedLog log;
    private final ReentrantLock running = new ReentrantLock();

    /** A run is under way: another one has nothing to add. */
    private volatile boolean isRunning;

    /** Of what is under way; null when nothing is. */
    private volatile @Nullable Pace current;

    private final Queue<Segment> unindexed = new ConcurrentLinkedQueue<>();

    /** Retired and read by nobody, and not closed yet. */
    private final Queue<Segment> unused = new ConcurrentLinkedQueue<>();

    Maintenance(EmbeddedLog log) {
        this.log = log;
    }

    void run(Pace pace) {
        if (isRunning && (pace != Pace.HASTE || running.isHeldByCurrentThread())) {
            return;
        }
        Pace underWay = current;
        if (underWay != null && pace == Pace.HASTE) {
            underWay.hurry();
        }
        // Indexes that are being written are waited for: they are small, and no reason to leave all else for later.
        running.lock();
        try {
            isRunning = true;
            current = pace;
            log.requireRunning();
            writeWaitingIndexes();
            deleteUnneeded();
            // Before anything is written: there may be no room.
            closeUnused(pace);
            applyRetention();
            deleteUnneeded();
            closeUnused(pace);
            Map<Long, Compaction.Newest> compactable = new Compaction(log, pace).find();
            rewrite(compactable, pace);
            recordCompaction(compactable);
            closeUnused(pace);
        } catch (DiskFullException e) {
            throw new LogException(Code.DISK_FULL, "no room to rewrite a journal file: free some room", e);
        } catch (IOException e) {
            throw new LogException(Code.IO, "cannot give room back: " + e.getMessage(), e);
        } finally {
            current = null;
            pace.calm();
            isRunning = false;
            running.unlock();
        }
    }

    /** Waits for a run that is under way, and does what must not be left for later. */
    void finish() {
        running.lock();
        try {
            writeWaitingIndexes();
            closeUnused(Pace.HASTE);
        } finally {
            running.unlock();
        }
    }

    // ---- indexes ----

    /** Its index is in memory, and stays there until it is on the disk. */
    void indexLater(Segment sealed) {
        unindexed.add(sealed);
    }

    /** What does not wait for the next run: indexes, and the room of files that were still being read in the last one. */
    void tidy(Pace pace) {
        if (running.tryLock()) {
            try {
                current = pace;
                writeWaitingIndexes();
                closeUnused(pace);
            } finally {
                current = null;
                pace.calm();
                running.unlock();
            }
        }
    }

    /** By who holds the lock of what is running. */
    void writeWaitingIndexes() {
        for (Segment sealed = unindexed.poll(); sealed != null; sealed = unindexed.poll()) {
            Map<Long, EntryIndex> entries = sealed.index;
            boolean written =
                    entries != null && !sealed.isRetired() && IndexFile.writeIfPossible(log.disk, sealed, entries);
            if (written) {
                log.stateLock.lock();
                try {
                    log.indexCache.sealed(sealed);
                } finally {
                    log.stateLock.unlock();
                }
            }
        }
    }

    // ---- retention ----

    private void applyRetention() throws IOException {
        List<Change> moves = new ArrayList<>();
        log.stateLock.lock();
        try {
            for (Catalog.TopicState topic : log.catalog.topics()) {
                for (PartitionState partition : topic.partitions) {
                    long start = Math.max(
                            startByTime(partition, topic.created.config()),
                            startBySize(partition, topic.created.config()));
                    start = Math.min(start, partition.stableEnd());
                    if (start > partition.start) {
                        moves.add(new Change.StartMoved(
                                topic.created.topicId(), FrameFormat.partition(partition.key), start));
                    }
                }
            }
        } finally {
            log.stateLock.unlock();
        }
        if (!moves.isEmpty()) {
            log.commitChanges(moves);
        }
    }

    private long startByTime(PartitionState partition, TopicConfig config) throws IOException {
        Duration retention = config.retention();
        long start = partition.start;
        if (retention == null) {
            return start;
        }
        long cutoff = log.options.clock().millis() - retention.toMillis();
        for (Slice slice : partition.slices) {
            EntryIndex entries = entries(slice);
            for (int i = entries.find(start); i < entries.count(); i++) {
                if (entries.appendTime(i) >= cutoff) {
                    return start;
                }
                start = entries.lastOffset(i) + 1;
            }
        }
        return start;
    }

    private long startBySize(PartitionState partition, TopicConfig config) throws IOException {
        Long bytesMax = config.retentionBytes();
        long start = partition.start;
        if (bytesMax == null) {
            return start;
        }
        long bytes = 0;
        for (Slice slice : partition.slices) {
            bytes += neededBytes(slice, start);
        }
        for (Slice slice : partition.slices) {
            EntryIndex entries = entries(slice);
            for (int i = entries.find(start); i < entries.count(); i++) {
                if (bytes <= bytesMax) {
                    return start;
                }
                bytes -= entries.length(i);
                start = entries.lastOffset(i) + 1;
            }
        }
        return start;
    }

    private EntryIndex entries(Slice slice) throws IOException {
        EntryIndex entries = log.indexCache.of(slice.segment).get(slice.key);
        return entries == null ? new EntryIndex() : entries;
    }

    /** The bytes of the batches that reach {@code start} or beyond. */
    private long neededBytes(Slice slice, long start) throws IOException {
        if (slice.firstOffset >= start) {
            return slice.bytes;
        }
        if (slice.lastOffset < start) {
            return 0;
        }
        EntryIndex entries = entries(slice);
        long bytes = 0;
        for (int i = entries.find(start); i < entries.count(); i++) {
            bytes += entries.length(i);
        }
        return bytes;
    }

    // ---- room ----

    private long neededBytes(Segment segment) throws IOException {
        long needed = 0;
        for (Slice slice : segment.slices.values()) {
            PartitionState partition = log.catalog.partition(slice.key);
            if (partition != null) {
                needed += neededBytes(slice, partition.start);
            }
        }
        return needed;
    }

    private void deleteUnneeded() throws IOException {
        List<Segment> unneeded = new ArrayList<>();
        log.stateLock.lock();
        try {
            for (Segment segment : log.segments.subList(0, log.segments.size() - 1)) {
                if (neededBytes(segment) == 0) {
                    unneeded.add(segment);
                }
            }
            for (Segment segment : unneeded) {
                log.segments.remove(segment);
                log.indexCache.forget(segment);
                retire(segment);
            }
        } finally {
            log.stateLock.unlock();
        }
        delete(unneeded);
    }

    private void delete(List<Segment> segments) throws IOException {
        if (!segments.isEmpty()) {
            log.syncBeforeRemoval();
        }
        List<Segment> alone = new ArrayList<>();
        for (Segment segment : segments) {
            // A backup may share the file under a name of its own.
            if (log.disk.hasOneName(segment.path)) {
                alone.add(segment);
            }
            log.disk.delete(segment.path);
            log.disk.delete(segment.indexPath());
        }
        if (!segments.isEmpty()) {
            log.disk.syncDirectory(Segment.DIRECTORY);
        }
        alone.forEach(segment -> segment.nameless = true);
    }

    void retire(Segment segment) {
        segment.retire(this::closeLater);
    }

    /** Not at once: the last reader would have to wait, and with it, on some file systems, all that commit. */
    private void closeLater(Segment segment) {
        unused.add(segment);
        if (log.isClosing()) {
            closeUnused(Pace.HASTE);
        }
    }

    /**
     * A file without a name is cut off piece by piece before it is closed. To free a whole file's blocks took ext4, mounted
     * with {@code discard}, 40 ms for 64 MiB, in which no sync of another file returned. Each piece is forced, so that the
     * file system does not gather them. RocksDB's deletion scheduler has the idea.
     */
    private void closeUnused(Pace pace) {
        if (unused.stream().mapToLong(segment -> segment.end).sum() > BACKLOG_BYTES) {
            unused.forEach(segment -> segment.nameless = false);
        }
        for (Segment segment = unused.poll(); segment != null; segment = unused.poll()) {
            try {
                long size = segment.nameless && pace != Pace.HASTE ? segment.file.size() : 0;
                while (size > 0 && log.isRunning()) {
                    size = Math.max(0, size - pace.lightPieceBytes());
                    segment.file.truncate(size);
                    segment.file.force();
                    pace.rest();
                }
            } catch (IOException e) {
                // Closing frees it all the same.
                LOGGER.debug("Could not cut off {}, which is deleted: {}", segment.path, e.toString());
            } finally {
                closeQuietly(segment);
            }
        }
    }

    private static void closeQuietly(Segment segment) {
        try {
            segment.close();
        } catch (LogException e) {
            LOGGER.warn("Of a file that is deleted: {}", e.getMessage());
        }
    }

    private void rewrite(Map<Long, Compaction.Newest> compactable, Pace pace) throws IOException {
        List<List<Segment>> groups = groups(compactable);
        long bytes = groups.stream()
                .flatMap(List::stream)
                .mapToLong(segment -> segment.end)
                .sum();
        if (bytes > BACKLOG_BYTES) {
            pace.hurry();
        }
        for (List<Segment> group : groups) {
            new Rewrite(log, group, compactable, pace).run();
            delete(group);
            closeUnused(pace);
        }
    }

    /** Neighbouring files that become one. */
    private List<List<Segment>> groups(Map<Long, Compaction.Newest> compactable) throws IOException {
        List<List<Segment>> groups = new ArrayList<>();
        log.stateLock.lock();
        try {
            List<Segment> group = new ArrayList<>();
            boolean worthIt = false;
            long bytes = 0;
            for (Segment segment : log.segments.subList(0, log.segments.size() - 1)) {
                long needed = neededBytes(segment);
                boolean rewritten = needed * 2 < segment.end || isCompactable(segment, compactable);
                boolean small = segment.end < log.options.segmentBytes() / 4;
                if (!(rewritten || small) || bytes + needed > log.options.segmentBytes()) {
                    addGroup(groups, group, worthIt);
                    group = new ArrayList<>();
                    worthIt = false;
                    bytes = 0;
                }
                if (rewritten || small) {
                    group.add(segment);
                    bytes += needed;
                    worthIt |= rewritten;
                }
            }
            addGroup(groups, group, worthIt);
        } finally {
            log.stateLock.unlock();
        }
        return groups;
    }

    private static void addGroup(List<List<Segment>> groups, List<Segment> group, boolean worthIt) {
        if (worthIt || group.size() > 3) {
            groups.add(group);
        }
    }

    private static boolean isCompactable(Segment segment, Map<Long, Compaction.Newest> compactable) {
        for (Slice slice : segment.slices.values()) {
            Compaction.Newest newest = compactable.get(slice.key);
            if (newest != null && slice.firstOffset < newest.upTo) {
                return true;
            }
        }
        return false;
    }

    private void recordCompaction(Map<Long, Compaction.Newest> compacted) {
        List<Change> done = new ArrayList<>();
        compacted.forEach((key, newest) ->
                done.add(new Change.Compacted(FrameFormat.topicId(key), FrameFormat.partition(key), newest.upTo)));
        if (!done.isEmpty()) {
            log.commitChanges(done);
        }
    }
}
