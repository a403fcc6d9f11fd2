package io.tidemill.log;

import io.tidemill.log.Catalog.PartitionState;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.Segment.Slice;
import io.tidemill.log.batch.BatchHeader;
import io.tidemill.log.batch.RecordCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The read side: finds batches under the state lock, reads and checks them outside of it. */
final class LogReader {
    /** A gap that is cheaper to read over than to make a call for. */
    private static final int GAP_BYTES_MAX = 512;

    private static final int ENTRIES_PER_FETCH_MAX = 20_000;

    private final EmbeddedLog log;

    LogReader(EmbeddedLog log) {
        this.log = log;
    }

    private record Found(Segment segment, long key, long baseOffset, int position, int length, long appendTime) {}

    /** @param end where the reader goes on when there is nothing for it */
    private record Plan(List<Found> entries, long end, PartitionStatus partition, List<Change.Aborted> aborted) {}

    /** @param atLeastOne whether the first batch comes also if it is larger than {@code bytesMax} */
    private record Want(
            TopicPartition partition, long offset, int bytesMax, boolean committedOnly, boolean atLeastOne) {}

    /** Where batches are read to. */
    private interface Target {
        void reset();

        /** Entries of so many bytes will come. */
        void expect(long bytes);

        /** Room for a run of entries; returns where it starts in {@link #array}. */
        int reserve(int length);

        byte[] array();

        void add(int start, int length, long appendTime);
    }

    /** Committed records only: what was aborted is left out, and what is open is not reached. */
    void fetch(TopicPartition partition, long offset, int bytesMax, RecordCursor into) {
        fetch(partition, offset, bytesMax, true, into);
    }

    private void fetch(TopicPartition partition, long offset, int bytesMax, boolean committedOnly, RecordCursor into) {
        CursorTarget target = new CursorTarget(offset, into);
        Plan plan = fetch(new Want(partition, offset, bytesMax, committedOnly, true), target, target::leaveOut);
        if (plan.entries.isEmpty()) {
            into.skipTo(plan.end);
        }
    }

    FetchedBatches fetchBatches(
            TopicPartition partition, long offset, int bytesMax, boolean committedOnly, boolean atLeastOne) {
        BytesTarget target = new BytesTarget();
        Want want = new Want(partition, offset, bytesMax, committedOnly, atLeastOne);
        Plan plan = fetch(want, target, aborted -> {});
        long to = plan.entries.isEmpty() ? offset : target.nextOffset();
        List<AbortedTransaction> aborted = plan.aborted.stream()
                .filter(each -> each.firstOffset() < to)
                .sorted(Comparator.comparingLong(Change.Aborted::firstOffset))
                .map(each -> new AbortedTransaction(each.producerId(), each.firstOffset()))
                .toList();
        return new FetchedBatches(target.bytes(), plan.partition, aborted);
    }

    private Plan fetch(Want want, Target target, Consumer<List<Change.Aborted>> aborted) {
        while (true) {
            target.reset();
            Plan plan = plan(want);
            aborted.accept(plan.aborted);
            boolean replaced = false;
            try {
                target.expect(bytes(plan.entries));
                read(plan.entries, target);
            } catch (IOException e) {
                replaced = plan.entries.stream().anyMatch(found -> found.segment.isRetired());
                if (!replaced) {
                    throw new LogException(
                            Code.IO,
                            "cannot read " + want.partition + " at offset " + want.offset + ": " + e.getMessage(),
                            e);
                }
            } finally {
                forEachSegment(plan.entries, Segment::release);
            }
            if (!replaced) {
                return plan;
            }
        }
    }

    /** Not by streams: small fetches are many. */
    private static void forEachSegment(List<Found> entries, Consumer<Segment> action) {
        @Nullable Segment before = null;
        for (Found found : entries) {
            if (found.segment != before) {
                before = found.segment;
                action.accept(before);
            }
        }
    }

    private static long bytes(List<Found> entries) {
        long bytes = 0;
        for (Found found : entries) {
            bytes += found.length;
        }
        return bytes;
    }

    private static final class CursorTarget implements Target {
        private final long from;
        private final RecordCursor cursor;
        private List<Change.Aborted> aborted = List.of();

        CursorTarget(long from, RecordCursor cursor) {
            this.from = from;
            this.cursor = cursor;
        }

        void leaveOut(List<Change.Aborted> transactions) {
            aborted = transactions;
        }

        @Override
        public void reset() {
            cursor.reset(from);
        }

        @Override
        public void expect(long bytes) {
            // Cursors are used again, and keep their room.
        }

        @Override
        public int reserve(int length) {
            return cursor.reserve(length);
        }

        @Override
        public byte[] array() {
            return cursor.reserved();
        }

        @Override
        public void add(int start, int length, long appendTime) {
            if (!aborted.isEmpty()) {
                BatchHeader batch = BatchHeader.of(ByteBuffer.wrap(cursor.reserved()), start);
                if (aborted.stream().anyMatch(each -> each.holds(batch))) {
                    cursor.skipTo(batch.lastOffset() + 1);
                    return;
                }
            }
            cursor.addBatch(start, length, appendTime);
        }
    }

    /** Puts batches next to one another. */
    private static final class BytesTarget implements Target {
        private static final int GROWTH_BYTES_MAX = 64 << 20;

        private byte[] bytes = {};
        private int end;
        private int lastStart;

        @Override
        public void reset() {
            end = 0;
        }

        @Override
        public void expect(long total) {
            if (total > bytes.length) {
                bytes = new byte[(int) Math.min(total, GROWTH_BYTES_MAX)];
            }
        }

        @Override
        public int reserve(int length) {
            if (bytes.length - end < length) {
                bytes = Arrays.copyOf(bytes, Math.max(end + length, Math.min(bytes.length * 2, GROWTH_BYTES_MAX)));
            }
            return end;
        }

        @Override
        public byte[] array() {
            return bytes;
        }

        @Override
        public void add(int start, int length, long appendTime) {
            System.arraycopy(bytes, start, bytes, end, length);
            lastStart = end;
            end += length;
        }

        ByteBuffer bytes() {
            return ByteBuffer.wrap(bytes, 0, end).slice();
        }

        long nextOffset() {
            return BatchHeader.of(ByteBuffer.wrap(bytes), lastStart).lastOffset() + 1;
        }
    }

    private Plan plan(Want want) {
        TopicPartition partition = want.partition;
        long offset = want.offset;
        boolean committedOnly = want.committedOnly;
        List<Found> entries = new ArrayList<>();
        log.stateLock.lock();
        try {
            log.requireOpen();
            PartitionState state = log.required(partition);
            if (offset < state.start || offset > state.end) {
                throw new LogException(
                        Code.OFFSET_OUT_OF_RANGE,
                        partition + " holds the offsets from " + state.start + " up to " + state.end + "; " + offset
                                + " is not among them");
            }
            PartitionStatus status = state.status();
            long end = committedOnly ? status.stableEnd() : status.end();
            collect(state, want, end, entries);
            List<Change.Aborted> aborted = committedOnly && !entries.isEmpty()
                    ? state.aborted(offset, entries.get(entries.size() - 1).baseOffset + 1)
                    : List.of();
            forEachSegment(entries, Segment::acquire);
            return new Plan(entries, Math.max(offset, end), status, aborted);
        } catch (IOException e) {
            throw new LogException(Code.IO, "cannot read the index of " + partition + ": " + e.getMessage(), e);
        } finally {
            log.stateLock.unlock();
        }
    }

    private void collect(PartitionState state, Want want, long end, List<Found> entries) throws IOException {
        long offset = want.offset;
        long bytes = 0;
        for (int s = state.findSlice(offset); s < state.slices.size(); s++) {
            Slice slice = state.slices.get(s);
            EntryIndex index = index(slice);
            for (int i = index.find(offset); i < index.count(); i++) {
                bytes += index.length(i);
                if (index.lastOffset(i) >= end) {
                    // Not even a part of it: the start of the partition may lie within an open transaction's batch.
                    return;
                }
                boolean tooMany = bytes > want.bytesMax && !(entries.isEmpty() && want.atLeastOne);
                if (tooMany || entries.size() == ENTRIES_PER_FETCH_MAX) {
                    return;
                }
                entries.add(new Found(
                        slice.segment,
                        slice.key,
                        index.baseOffset(i),
                        index.position(i),
                        index.length(i),
                        index.appendTime(i)));
            }
        }
    }

    private EntryIndex index(Slice slice) throws IOException {
        EntryIndex index = log.indexCache.of(slice.segment).get(slice.key);
        if (index == null) {
            throw new IllegalStateException(slice.segment.path + " has no index of " + slice.key);
        }
        return index;
    }

    /** Reads runs of entries that lie next to one another with one call each. */
    private void read(List<Found> entries, Target into) throws IOException {
        for (int from = 0; from < entries.size(); ) {
            int to = from + 1;
            while (to < entries.size() && isClose(entries.get(to - 1), entries.get(to))) {
                to++;
            }
            Found first = entries.get(from);
            Found last = entries.get(to - 1);
            int length = last.position + last.length - first.position;
            int start = into.reserve(length);
            ByteBuffer target = ByteBuffer.wrap(into.array(), start, length);
            if (first.segment.file.read(target, first.position) < length) {
                throw first.segment.damaged(log.disk, first.position, "the file ends in the middle of an entry");
            }
            for (Found entry : entries.subList(from, to)) {
                add(entry, start + entry.position - first.position, into);
            }
            from = to;
        }
    }

    private static boolean isClose(Found left, Found right) {
        long gap = (long) right.position - left.position - left.length;
        return left.segment == right.segment && gap >= 0 && gap <= GAP_BYTES_MAX;
    }

    private void add(Found entry, int start, Target into) {
        byte[] bytes = into.array();
        int body = entry.length - FrameFormat.ENTRY_CRC_BYTES;
        ByteBuffer view = ByteBuffer.wrap(bytes);
        boolean sound = view.getInt(start) == entry.length
                && view.getInt(start + body) == FrameFormat.crc(bytes, start, body)
                && FrameFormat.partitionKey(view.getInt(start + 8), view.getInt(start + 12)) == entry.key
                && view.getLong(start + FrameFormat.RECORDS_HEADER_BYTES) == entry.baseOffset;
        if (!sound) {
            throw entry.segment.damaged(
                    log.disk,
                    entry.position,
                    "the batch at offset " + entry.baseOffset + " does not match its checksum");
        }
        into.add(start + FrameFormat.RECORDS_HEADER_BYTES, body - FrameFormat.RECORDS_HEADER_BYTES, entry.appendTime);
    }

    Optional<TimestampedOffset> recordAtOrAfter(TopicPartition partition, long timestampMillis, boolean committedOnly) {
        RecordCursor cursor = new RecordCursor();
        long from = -1;
        while (true) {
            long candidate = firstBatchReaching(partition, timestampMillis, from);
            if (candidate < 0) {
                return Optional.empty();
            }
            fetch(partition, candidate, 1, committedOnly, cursor);
            while (cursor.next()) {
                if (cursor.timestampMillis() >= timestampMillis) {
                    return Optional.of(new TimestampedOffset(cursor.offset(), cursor.timestampMillis()));
                }
            }
            if (cursor.nextOffset() <= candidate) {
                return Optional.empty();
            }
            from = cursor.nextOffset();
        }
    }

    Optional<TimestampedOffset> newestRecord(TopicPartition partition) {
        // The newest timestamp may be that of a marker, which is no record.
        for (long newest = newestTimestamp(partition, Long.MAX_VALUE);
                newest >= 0;
                newest = newestTimestamp(partition, newest)) {
            Optional<TimestampedOffset> found = recordAtOrAfter(partition, newest, false);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private long newestTimestamp(TopicPartition partition, long below) {
        log.stateLock.lock();
        try {
            log.requireOpen();
            PartitionState state = log.required(partition);
            long newest = -1;
            for (Slice slice : state.slices) {
                EntryIndex index = index(slice);
                for (int i = index.find(state.start); i < index.count(); i++) {
                    long timestamp = index.maxTimestamp(i);
                    newest = timestamp < below ? Math.max(newest, timestamp) : newest;
                }
            }
            return newest;
        } catch (IOException e) {
            throw new LogException(Code.IO, "cannot read the index of " + partition + ": " + e.getMessage(), e);
        } finally {
            log.stateLock.unlock();
        }
    }

    /** An offset in the first batch at or after {@code from} whose newest timestamp is late enough; -1 if there is none. */
    private long firstBatchReaching(TopicPartition partition, long timestampMillis, long from) {
        log.stateLock.lock();
        try {
            log.requireOpen();
            PartitionState state = log.required(partition);
            long start = Math.max(from, state.start);
            for (int s = state.findSlice(start); s < state.slices.size(); s++) {
                Slice slice = state.slices.get(s);
                if (slice.maxTimestamp < timestampMillis) {
                    continue;
                }
                EntryIndex index = index(slice);
                for (int i = index.find(start); i < index.count(); i++) {
                    if (index.maxTimestamp(i) >= timestampMillis) {
                        return Math.max(start, index.baseOffset(i));
                    }
                }
            }
            return -1;
        } catch (IOException e) {
            throw new LogException(Code.IO, "cannot read the index of " + partition + ": " + e.getMessage(), e);
        } finally {
            log.stateLock.unlock();
        }
    }
}
