package io.tidemill.log;

import io.tidemill.log.FrameFormat.FileHeader;
import io.tidemill.log.FrameFormat.FrameHeader;
import io.tidemill.log.Segment.Slice;
import io.tidemill.log.batch.BatchHeader;
import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the catalog from the files.
 *
 * <p>Only the last file is read whole: its first frame is a snapshot of the catalog, and the index files tell where the
 * sealed files' batches are. All but the last file were synced before the next one was made, so a frame that does not read
 * there was damaged. In the last file it may also be torn: a crash left a part of it, or left later frames without it. Then
 * nobody was told that it was there, and it and all after it are cut off. The two are told apart by the frames behind: each
 * says up to where it knew the journal to be on the disk.
 */
final class Recovery {
    private static final Logger LOGGER = LoggerFactory.getLogger(Recovery.class);

    private final Disk disk;
    private final Catalog catalog;
    private final Producers producers;
    private final List<Segment> segments = new ArrayList<>();

    Recovery(Disk disk, Catalog catalog, Producers producers) {
        this.disk = disk;
        this.catalog = catalog;
        this.producers = producers;
    }

    /** The files in their order, the last one open for writing; empty for a new log. */
    List<Segment> run() throws IOException {
        boolean done = false;
        try {
            List<Segment> found = recover();
            done = true;
            return found;
        } finally {
            if (!done) {
                segments.forEach(Segment::retire);
            }
        }
    }

    private List<Segment> recover() throws IOException {
        openFiles();
        removeReplaced();
        // A process that died may have left names that are not on the disk; commits are about to rely on them.
        disk.syncDirectory(Segment.DIRECTORY);
        if (!segments.isEmpty()) {
            for (int i = 0; i < segments.size() - 1; i++) {
                loadSealed(segments.get(i), segments.get(i + 1));
            }
            replayLast(segments.get(segments.size() - 1));
            for (Segment sealed : segments.subList(0, segments.size() - 1)) {
                for (Slice slice : sealed.slices.values()) {
                    Catalog.PartitionState partition = catalog.partition(slice.key);
                    if (partition != null) {
                        Catalog.addSlice(partition, slice);
                    }
                }
            }
            for (Catalog.TopicState topic : catalog.topics()) {
                for (Catalog.PartitionState partition : topic.partitions) {
                    requireWhole(topic, partition);
                }
            }
        }
        return segments;
    }

    /** A file that is missing would otherwise only be noticed by those who miss its records. */
    private void requireWhole(Catalog.TopicState topic, Catalog.PartitionState partition) {
        long next = partition.start;
        for (Slice slice : partition.slices) {
            if (slice.firstOffset > next && !topic.created.config().compacted()) {
                break;
            }
            next = Math.max(next, slice.lastOffset + 1);
        }
        if (next < partition.end && !topic.created.config().compacted()) {
            throw new LogException(
                    LogException.Code.DAMAGED,
                    "the records of " + topic.created.name() + "-" + FrameFormat.partition(partition.key)
                            + " from offset " + next + " on are in no journal file: a file is missing from "
                            + disk.locate(Segment.DIRECTORY) + ", at position 0 of it; restore it from a backup");
        }
    }

    private void openFiles() throws IOException {
        List<String> names = disk.list(Segment.DIRECTORY);
        for (String name : names) {
            String path = Segment.DIRECTORY + "/" + name;
            if (Segment.isName(name)) {
                segments.add(open(path));
            } else if (name.endsWith(Segment.UNFINISHED_SUFFIX)
                    || (Segment.isIndexName(name) && !names.contains(Segment.journalOfIndex(name)))) {
                disk.delete(path);
            }
        }
    }

    private Segment open(String path) throws IOException {
        DiskFile file = disk.open(path);
        ByteBuffer bytes = ByteBuffer.allocate(FrameFormat.FILE_HEADER_BYTES);
        file.read(bytes, 0);
        String problem;
        try {
            FileHeader header = FileHeader.decode(bytes.flip());
            if (Segment.path(header).equals(path)) {
                Segment segment = new Segment(header, file, FrameFormat.FILE_HEADER_BYTES);
                segment.formatVersion = FileHeader.version(bytes);
                return segment;
            }
            problem = "its header is that of " + Segment.path(header);
        } catch (IllegalArgumentException e) {
            problem = String.valueOf(e.getMessage());
        }
        file.close();
        throw new LogException(
                LogException.Code.DAMAGED,
                "journal file " + disk.locate(path) + " cannot be read at position 0: " + problem);
    }

    /** A rewritten file replaces all whose frames it covers; a crash may have left those in place. */
    private void removeReplaced() throws IOException {
        for (Segment replaced : List.copyOf(segments)) {
            for (Segment by : segments) {
                if (by != replaced && covers(by.header, replaced.header)) {
                    segments.remove(replaced);
                    replaced.retire();
                    disk.delete(replaced.path);
                    disk.delete(replaced.indexPath());
                    break;
                }
            }
        }
    }

    private static boolean covers(FileHeader by, FileHeader other) {
        return by.lastSequence() > 0
                && by.firstSequence() <= other.firstSequence()
                && Math.max(other.firstSequence(), other.lastSequence()) <= by.lastSequence()
                && (by.generation() > other.generation() || by.id() != other.id());
    }

    private void loadSealed(Segment segment, Segment next) throws IOException {
        IndexFile.Content content = IndexFile.read(disk, segment);
        if (content != null && content.end() <= segment.file.size()) {
            segment.end = content.end();
            segment.lastSequence = content.lastSequence();
            segment.adopt(content.entries());
            segment.index = null;
            return;
        }
        long lastExpected = segment.header.lastSequence();
        if (lastExpected == 0 && next.header.id() == segment.header.id() + 1) {
            lastExpected = next.header.firstSequence() - 1;
        }
        segment.adopt(scanSealed(disk, segment, lastExpected));
        Map<Long, EntryIndex> entries = segment.index;
        if (entries != null && IndexFile.writeIfPossible(disk, segment, entries)) {
            segment.index = null;
        }
    }

    /**
     * Reads a sealed file's frames to make its index again.
     *
     * @param lastExpected the sequence that the file goes to; 0 where the file that would tell is gone
     */
    static Map<Long, EntryIndex> scanSealed(Disk disk, Segment segment, long lastExpected) throws IOException {
        FileHeader header = segment.header;
        Map<Long, EntryIndex> entries = new HashMap<>();
        SegmentScan scan = new SegmentScan(segment.file, header.salt(), FrameFormat.FILE_HEADER_BYTES);
        long last = header.firstSequence() - 1;
        while ((lastExpected == 0 || last < lastExpected) && scan.next()) {
            last = scan.frame().sequence();
            scan.visit(new RecordsVisitor() {
                @Override
                void entry(long key, BatchHeader batch, int position, int length, long time) {
                    entries.computeIfAbsent(key, k -> new EntryIndex())
                            .add(batch.baseOffset(), batch.lastOffset(), position, length, batch.maxTimestamp(), time);
                }
            });
        }
        long size = segment.file.size();
        boolean whole = lastExpected == 0
                ? lastNonZero(segment.file, scan.position(), size) == scan.position()
                : last == lastExpected;
        if (!whole) {
            throw segment.damaged(
                    disk, scan.position(), "the frame after sequence " + last + " does not read, though it was synced");
        }
        segment.end = scan.position();
        segment.lastSequence = last;
        return entries;
    }

    private void replayLast(Segment segment) throws IOException {
        FileHeader header = segment.header;
        SegmentScan scan = new SegmentScan(segment.file, header.salt(), FrameFormat.FILE_HEADER_BYTES);
        long expected = header.firstSequence();
        long knownSynced = header.firstSequence();
        int[] starts = new int[64];
        while (scan.next() && scan.frame().sequence() == expected) {
            int number = (int) (expected - header.firstSequence());
            starts = number < starts.length ? starts : Arrays.copyOf(starts, number * 2);
            starts[number] = (int) scan.framePosition();
            knownSynced = Math.max(knownSynced, scan.frame().syncedSequence());
            replay(segment, scan);
            segment.end = scan.position();
            segment.headEnd = number == 0 ? segment.end : segment.headEnd;
            segment.lastSequence = expected++;
        }
        if (expected == header.firstSequence()) {
            throw segment.damaged(disk, segment.end, "its first frame does not read, though it was synced");
        }
        if (scan.laterFrameKnowsSynced(segment.end, expected)) {
            throw segment.damaged(disk, segment.end, "frame " + expected + " does not read, though it was synced");
        }
        cutOff(segment);
        int unsure = (int) (knownSynced + 1 - header.firstSequence());
        if (knownSynced < segment.lastSequence) {
            writeAgain(segment, starts[unsure]);
        }
        segment.file.force();
    }

    /**
     * What a crashed process had written may not be on the disk, and from now on it is taken to be. Syncing alone is not
     * enough: after a sync has failed, Linux takes the pages for clean, and a later sync succeeds without writing them.
     */
    private static void writeAgain(Segment segment, long from) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 20);
        for (long at = from; at < segment.end; at += bytes.capacity()) {
            bytes.clear().limit((int) Math.min(bytes.capacity(), segment.end - at));
            segment.file.read(bytes, at);
            segment.file.write(bytes.flip(), at);
        }
    }

    private void cutOff(Segment segment) throws IOException {
        long size = segment.file.size();
        if (size == segment.end) {
            return;
        }
        long torn = lastNonZero(segment.file, segment.end, size) - segment.end;
        if (torn > 0) {
            LOGGER.warn(
                    "Cut {} bytes that were never synced off {} at position {}",
                    torn,
                    disk.locate(segment.path),
                    segment.end);
        }
        segment.file.truncate(segment.end);
    }

    private static long lastNonZero(DiskFile file, long from, long to) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
        long last = from;
        for (long at = from; at < to; at += bytes.capacity()) {
            bytes.clear();
            int read = file.read(bytes, at);
            for (int i = 0; i < read; i++) {
                if (bytes.get(i) != 0) {
                    last = at + i + 1;
                }
            }
        }
        return last;
    }

    private void replay(Segment segment, SegmentScan scan) throws IOException {
        scan.visit(new RecordsVisitor() {
            @Override
            void entry(long key, BatchHeader batch, int position, int length, long time) {
                catalog.applyRecords(segment.add(key, batch, position, length, time), batch);
                producers.apply(batch, key, time);
            }

            @Override
            public void change(Change change, FrameHeader frame) {
                catalog.apply(change);
                producers.apply(change, frame.appendTimeMillis());
            }
        });
    }

    /** Reads what the index keeps out of a records entry. */
    private abstract static class RecordsVisitor implements SegmentScan.Visitor {
        abstract void entry(long key, BatchHeader batch, int position, int length, long time);

        @Override
        public void records(ByteBuffer bytes, int at, int length, long position, FrameHeader frame) {
            long key = FrameFormat.partitionKey(bytes.getInt(at + 8), bytes.getInt(at + 12));
            BatchHeader batch = BatchHeader.of(bytes, at + FrameFormat.RECORDS_HEADER_BYTES);
            entry(key, batch, (int) position, length, frame.appendTimeMillis());
        }

        @Override
        public void change(Change change, FrameHeader frame) {}
    }
}
