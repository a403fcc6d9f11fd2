package io.tidemill.log;

import io.tidemill.log.Catalog.PartitionState;
import io.tidemill.log.FrameFormat.FileHeader;
import io.tidemill.log.FrameFormat.FrameHeader;
import io.tidemill.log.Segment.Slice;
import io.tidemill.log.batch.BatchFilter;
import io.tidemill.log.batch.BatchHeader;
import io.tidemill.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the needed part of some neighbouring files into one that takes their place. Frames keep their sequence and append
 * time, batches their offsets. The new file is whole and named before the old ones go; should a crash leave both, the new
 * one's header says which it replaces.
 */
final class Rewrite {
    private final EmbeddedLog log;
    private final List<Segment> group;
    private final Map<Long, Compaction.Newest> compactable;
    private final Pace pace;
    private final Map<Long, Long> starts = new HashMap<>();
    private final Map<Long, Long> ends = new HashMap<>();
    private final Map<Long, List<Change.Aborted>> aborted = new HashMap<>();
    private final long tombstonesBefore;
    private final FrameBuffer buffer = new FrameBuffer();
    private final FileHeader header;
    private final Map<Long, EntryIndex> entries = new HashMap<>();
    private long end = FrameFormat.FILE_HEADER_BYTES;
    private long lastWritten;
    private long forcedUpTo;

    Rewrite(EmbeddedLog log, List<Segment> group, Map<Long, Compaction.Newest> compactable, Pace pace) {
        this.log = log;
        this.group = group;
        this.compactable = compactable;
        this.pace = pace;
        long now = log.options.clock().millis();
        tombstonesBefore = now - log.options.tombstoneRetention().toMillis();
        Segment first = group.get(0);
        Segment last = group.get(group.size() - 1);
        int generation = 0;
        for (Segment segment : group) {
            generation = Math.max(generation, segment.header.generation() + 1);
        }
        header = new FileHeader(first.header.id(), generation, first.header.firstSequence(), last.lastSequence, now);
    }

    void run() throws IOException {
        findStarts();
        String path = Segment.path(header);
        String unfinished = path + Segment.UNFINISHED_SUFFIX;
        try (DiskFile file = log.disk.create(unfinished)) {
            file.write(header.encode(), 0);
            for (Segment segment : group) {
                copy(segment, file);
            }
            if (lastWritten != header.lastSequence()) {
                // The last sequence is always there, so that a missing end is noticed.
                write(file, List.of(), header.lastSequence(), header.createdMillis());
            }
            file.force();
        } catch (IOException | LogException e) {
            log.disk.delete(unfinished);
            throw e;
        }
        DiskFile named;
        try {
            log.requireNotClosing();
            log.syncBeforeRemoval();
            log.disk.rename(unfinished, path);
            log.disk.syncDirectory(Segment.DIRECTORY);
            named = log.disk.open(path);
        } catch (IOException | LogException e) {
            // A file that says it replaces others, but does not, would be believed at the next opening.
            log.disk.delete(unfinished);
            log.disk.delete(path);
            log.disk.syncDirectory(Segment.DIRECTORY);
            throw e;
        }
        takeOver(named);
    }

    private void findStarts() {
        log.stateLock.lock();
        try {
            for (Segment segment : group) {
                for (Long key : segment.slices.keySet()) {
                    PartitionState partition = log.catalog.partition(key);
                    if (partition != null) {
                        starts.put(key, partition.start);
                        ends.put(key, partition.end);
                        aborted.put(key, List.copyOf(partition.aborted));
                    }
                }
            }
        } finally {
            log.stateLock.unlock();
        }
    }

    /** An entry that stays, as it will lie in the new file. */
    private record Kept(
            @Nullable ByteBuffer entry,
            @Nullable ByteBuffer batch,
            long key,
            long base,
            long last,
            long maxTimestamp) {}

    private void copy(Segment segment, DiskFile file) throws IOException {
        SegmentScan scan = new SegmentScan(segment.file, segment.header.salt(), FrameFormat.FILE_HEADER_BYTES);
        while (scan.position() < segment.end) {
            log.requireRunning();
            if (!scan.next()) {
                throw segment.damaged(log.disk, scan.position(), "a frame does not read, though it was synced");
            }
            List<Kept> kept = new ArrayList<>();
            scan.visit(new SegmentScan.Visitor() {
                @Override
                public void records(ByteBuffer bytes, int at, int length, long position, FrameHeader frame) {
                    Kept entry = filter(bytes, at, length, frame.appendTimeMillis());
                    if (entry != null) {
                        kept.add(entry);
                    }
                }

                @Override
                public void change(Change change, FrameHeader frame) {
                    // The catalog snapshot at the head of every later file holds it.
                }
            });
            if (!kept.isEmpty()) {
                write(file, kept, scan.frame().sequence(), scan.frame().appendTimeMillis());
            }
        }
    }

    private @Nullable Kept filter(ByteBuffer bytes, int at, int length, long appendTime) {
        long key = FrameFormat.partitionKey(bytes.getInt(at + 8), bytes.getInt(at + 12));
        int batchAt = at + FrameFormat.RECORDS_HEADER_BYTES;
        BatchHeader header = BatchHeader.of(bytes, batchAt);
        long base = header.baseOffset();
        long last = header.lastOffset();
        long maxTimestamp = header.maxTimestamp();
        Long start = starts.get(key);
        if (start == null || last < start) {
            return null;
        }
        ByteBuffer entry = bytes.duplicate().position(at).limit(at + length).slice();
        Compaction.Newest newest = compactable.get(key);
        // Who reads up to the end must find something there: nothing follows the last batch that would tell.
        boolean isLast = last + 1 >= ends.getOrDefault(key, 0L);
        if (newest == null || isLast || base >= newest.upTo || header.control() || isAborted(key, header)) {
            return new Kept(entry, null, key, base, last, maxTimestamp);
        }
        ByteBuffer batch = bytes.duplicate()
                .position(batchAt)
                .limit(at + length - FrameFormat.ENTRY_CRC_BYTES)
                .slice();
        ByteBuffer filtered = BatchFilter.filter(batch, (offset, recordKey, tombstone) -> {
            if (recordKey == null || offset >= newest.upTo) {
                return true;
            }
            Long newer = newest.offsets.get(recordKey);
            boolean isNewest = newer == null || newer <= offset;
            return isNewest && !(tombstone && appendTime < tombstonesBefore);
        });
        if (filtered == null) {
            return null;
        }
        return filtered.remaining() == batch.remaining()
                ? new Kept(entry, null, key, base, last, maxTimestamp)
                : new Kept(null, filtered, key, base, last, maxTimestamp);
    }

    /** What never happened makes no other record old. It stays until the start of its partition has passed it. */
    private boolean isAborted(long key, BatchHeader batch) {
        return batch.transactional()
                && aborted.getOrDefault(key, List.of()).stream().anyMatch(each -> each.holds(batch));
    }

    private void write(DiskFile file, List<Kept> kept, long sequence, long appendTime) throws IOException {
        long bodyBytes = 0;
        for (Kept entry : kept) {
            bodyBytes += sizeOf(entry);
        }
        buffer.begin(bodyBytes);
        for (Kept entry : kept) {
            int at = entry.entry != null ? buffer.addCopy(entry.entry) : buffer.addRecords(entry.key, batchOf(entry));
            long base = entry.base;
            entries.computeIfAbsent(entry.key, k -> new EntryIndex())
                    .add(
                            base,
                            entry.last,
                            Math.toIntExact(end + at),
                            (int) sizeOf(entry),
                            entry.maxTimestamp,
                            appendTime);
        }
        ByteBuffer frame = buffer.finish(sequence, appendTime, sequence, header.salt());
        int length = frame.remaining();
        file.write(frame, end);
        end += length;
        lastWritten = sequence;
        if (end - forcedUpTo >= pace.pieceBytes()) {
            file.force();
            forcedUpTo = end;
            pace.rest();
        }
    }

    private static ByteBuffer batchOf(Kept entry) {
        if (entry.batch == null) {
            throw new IllegalStateException("an entry without a batch");
        }
        return entry.batch;
    }

    private static long sizeOf(Kept entry) {
        return entry.entry != null
                ? entry.entry.remaining()
                : FrameBuffer.sizeOf(batchOf(entry).remaining());
    }

    private void takeOver(DiskFile file) throws IOException {
        Segment rewritten = new Segment(header, file, end);
        rewritten.lastSequence = header.lastSequence();
        rewritten.adopt(entries);
        boolean indexed = IndexFile.writeIfPossible(log.disk, rewritten, entries);
        log.stateLock.lock();
        try {
            log.segments.add(log.segments.indexOf(group.get(0)), rewritten);
            log.segments.removeAll(group);
            for (Segment old : group) {
                for (Long key : old.slices.keySet()) {
                    PartitionState partition = log.catalog.partition(key);
                    if (partition != null) {
                        partition.slices.removeIf(slice -> slice.segment == old);
                    }
                }
                log.indexCache.forget(old);
                log.retire(old);
            }
            for (Slice slice : rewritten.slices.values()) {
                PartitionState partition = log.catalog.partition(slice.key);
                if (partition != null) {
                    Catalog.addSlice(partition, slice);
                }
            }
            if (indexed) {
                log.indexCache.sealed(rewritten);
            }
        } finally {
            log.stateLock.unlock();
        }
    }
}
