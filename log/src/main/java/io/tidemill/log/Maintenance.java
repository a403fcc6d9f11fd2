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
    /** Where there is more to rewrite, what comes is more than a quiet pace can follow. */
    private static final long HASTE_BYTES = 2L << 30;

    private static final Logger LOGGER = LoggerFactory.getLogger(Maintenance.class);

    private final EmbeddedLog log;
    private final ReentrantLock running = new ReentrantLock();

    /** A run is under way: another one has nothing to add. */
    private volatile boolean isRunning;

    private final Queue<Segment> unindexed = new ConcurrentLinkedQueue<>();

    /** Retired and read by nobody, and not closed yet. */
    private final Queue<Segment> unused = new ConcurrentLinkedQueue<>();

    Maintenance(EmbeddedLog log) {
        this.log = log;
    }

    void run(Pace pace) {
        if (isRunning) {
            return;
        }
        // Indexes that are being written are waited for: they are small, and no reason to leave all else for later.
        running.lock();
        try {
            isRunning = true;
            log.requireOpen();
            log.requireNotClosing();
            writeWaitingIndexes();
            deleteUnneeded();
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
                writeWaitingIndexes();
                closeUnused(pace);
            } finally {
                running.unlock();
            }
        }
    }

    private void writeWaitingIndexes() {
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
        for (Segment segment : segments) {
            log.disk.delete(segment.path);
            log.disk.delete(segment.indexPath());
        }
        if (!segments.isEmpty()) {
            log.disk.syncDirectory(Segment.DIRECTORY);
        }
        segments.forEach(segment -> segment.deleted = true);
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
     * with {@code discard}, 40 ms for 64 MiB, in which no sync of another file returned; RocksDB's deletion scheduler does the
     * same.
     */
    private void closeUnused(Pace pace) {
        for (Segment segment = unused.poll(); segment != null; segment = unused.poll()) {
            try {
                long size = segment.deleted && !pace.isHurried() ? segment.file.size() : 0;
                while (size > 0 && !log.isClosing()) {
                    size = Math.max(0, size - pace.freedBytes());
                    segment.file.truncate(size);
                    pace.rest();
                }
            } catch (IOException e) {
                // It is freed by closing it, then.
                LOGGER.debug("Could not cut off {}, which is deleted: {}", segment.path, e.toString());
            } finally {
                segment.close();
            }
        }
    }

    private void rewrite(Map<Long, Compaction.Newest> compactable, Pace pace) throws IOException {
        List<List<Segment>> groups = groups(compactable);
        long bytes = groups.stream()
                .flatMap(List::stream)
                .mapToLong(segment -> segment.end)
                .sum();
        for (List<Segment> group : groups) {
            new Rewrite(log, group, compactable, bytes > HASTE_BYTES ? Pace.HASTE : pace).run();
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
