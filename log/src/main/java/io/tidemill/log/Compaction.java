package io.tidemill.log;

import io.tidemill.log.Catalog.PartitionState;
import io.tidemill.log.Segment.Slice;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds, for compacted partitions, the newest offset of every key in what was not compacted before. As in Kafka's log
 * cleaner, a partition is worth the work when at least half of its sealed bytes are new, and the last file, which is still
 * written to, is left alone.
 */
final class Compaction {
    /** What the keys of one run may take; the rest of a partition waits for the next run. */
    private static final long KEY_BYTES_MAX = 128L << 20;

    private static final int OVERHEAD_PER_KEY = 100;
    private static final int FETCH_BYTES = 1 << 20;

    private final EmbeddedLog log;
    private final Pace pace;
    private final Map<Long, Newest> byPartition = new HashMap<>();
    private long keyBytes;

    /** Since the last rest, in bytes. */
    private long read;

    Compaction(EmbeddedLog log, Pace pace) {
        this.log = log;
        this.pace = pace;
    }

    /** The newest offsets per key of one partition, known for all records before {@code upTo}. */
    static final class Newest {
        final Map<ByteBuffer, Long> offsets = new HashMap<>();
        long upTo;
    }

    private record Candidate(TopicPartition partition, long key, long from, long to, long bytes) {}

    /** Looks at all compacted partitions. */
    Map<Long, Newest> find() {
        List<Candidate> candidates = candidates();
        if (candidates.stream().mapToLong(Candidate::bytes).sum() > Maintenance.BACKLOG_BYTES) {
            pace.hurry();
        }
        for (Candidate candidate : candidates) {
            if (keyBytes < KEY_BYTES_MAX) {
                Newest newest = collectIfThere(candidate);
                if (newest != null) {
                    byPartition.put(candidate.key, newest);
                }
            }
        }
        return byPartition;
    }

    /** Null if the records were removed meanwhile: the next run looks again. */
    private @Nullable Newest collectIfThere(Candidate candidate) {
        try {
            return collect(candidate);
        } catch (LogException e) {
            if (e.code() == LogException.Code.OFFSET_OUT_OF_RANGE || e.code() == LogException.Code.UNKNOWN_TOPIC) {
                return null;
            }
            throw e;
        }
    }

    private List<Candidate> candidates() {
        List<Candidate> found = new ArrayList<>();
        log.stateLock.lock();
        try {
            Segment active = log.segments.get(log.segments.size() - 1);
            for (Catalog.TopicState topic : log.catalog.topics()) {
                for (PartitionState partition : topic.partitions) {
                    if (topic.created.config().compacted()) {
                        Candidate candidate = candidate(topic, partition, active);
                        if (candidate != null) {
                            found.add(candidate);
                        }
                    }
                }
            }
        } finally {
            log.stateLock.unlock();
        }
        return found;
    }

    private static @Nullable Candidate candidate(Catalog.TopicState topic, PartitionState partition, Segment active) {
        long clean = 0;
        long dirty = 0;
        long to = 0;
        for (Slice slice : partition.slices) {
            if (slice.segment != active) {
                if (slice.lastOffset < partition.compactedUpTo) {
                    clean += slice.bytes;
                } else {
                    dirty += slice.bytes;
                }
                to = Math.min(partition.stableEnd(), slice.lastOffset + 1);
            }
        }
        long from = Math.max(partition.start, Math.min(partition.compactedUpTo, to));
        // An open transaction may stand before all that is new.
        if (dirty == 0 || dirty < clean || from >= to) {
            return null;
        }
        return new Candidate(
                new TopicPartition(topic.created.name(), FrameFormat.partition(partition.key)),
                partition.key,
                from,
                to,
                clean + dirty);
    }

    private Newest collect(Candidate candidate) {
        Newest newest = new Newest();
        RecordCursor cursor = new RecordCursor();
        long at = candidate.from;
        while (at < candidate.to && keyBytes < KEY_BYTES_MAX) {
            log.requireRunning();
            log.fetch(candidate.partition, at, FETCH_BYTES, cursor);
            while (cursor.next() && cursor.offset() < candidate.to) {
                byte[] key = cursor.key();
                if (key != null && newest.offsets.put(ByteBuffer.wrap(key), cursor.offset()) == null) {
                    keyBytes += key.length + OVERHEAD_PER_KEY;
                }
            }
            at = Math.min(candidate.to, cursor.nextOffset());
            read += FETCH_BYTES;
            if (read >= pace.lightPieceBytes()) {
                pace.rest();
                read = 0;
            }
        }
        newest.upTo = at;
        return newest;
    }
}
