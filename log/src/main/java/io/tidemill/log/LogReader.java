package io.tidemill.log;

import io.tidemill.log.Catalog.PartitionState;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.Segment.Slice;
import io.tidemill.log.batch.RecordCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

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

    private record Plan(List<Found> entries, long end) {}

    void fetch(TopicPartition partition, long offset, int bytesMax, RecordCursor into) {
        while (true) {
            into.reset(offset);
            Plan plan = plan(partition, offset, bytesMax);
            boolean replaced = false;
            try {
                read(plan.entries, into);
            } catch (IOException e) {
                replaced = plan.entries.stream().anyMatch(found -> found.segment.isRetired());
                if (!replaced) {
                    throw new LogException(
                            Code.IO, "cannot read " + partition + " at offset " + offset + ": " + e.getMessage(), e);
                }
            } finally {
                plan.entries.stream().map(Found::segment).distinct().forEach(Segment::release);
            }
            if (!replaced) {
                if (plan.entries.isEmpty()) {
                    into.skipTo(plan.end);
                }
                return;
            }
        }
    }

    private Plan plan(TopicPartition partition, long offset, int bytesMax) {
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
            collect(state, offset, bytesMax, entries);
            entries.stream().map(Found::segment).distinct().forEach(Segment::acquire);
            return new Plan(entries, state.end);
        } catch (IOException e) {
            throw new LogException(Code.IO, "cannot read the index of " + partition + ": " + e.getMessage(), e);
        } finally {
            log.stateLock.unlock();
        }
    }

    private void collect(PartitionState state, long offset, int bytesMax, List<Found> entries) throws IOException {
        long bytes = 0;
        for (int s = state.findSlice(offset); s < state.slices.size(); s++) {
            Slice slice = state.slices.get(s);
            EntryIndex index = index(slice);
            for (int i = index.find(offset); i < index.count(); i++) {
                bytes += index.length(i);
                if ((bytes > bytesMax && !entries.isEmpty()) || entries.size() == ENTRIES_PER_FETCH_MAX) {
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
    private void read(List<Found> entries, RecordCursor into) throws IOException {
        for (int from = 0; from < entries.size(); ) {
            int to = from + 1;
            while (to < entries.size() && isClose(entries.get(to - 1), entries.get(to))) {
                to++;
            }
            Found first = entries.get(from);
            Found last = entries.get(to - 1);
            int length = last.position + last.length - first.position;
            int start = into.reserve(length);
            ByteBuffer target = ByteBuffer.wrap(into.reserved(), start, length);
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

    private void add(Found entry, int start, RecordCursor into) {
        byte[] bytes = into.reserved();
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
        into.addBatch(
                start + FrameFormat.RECORDS_HEADER_BYTES, body - FrameFormat.RECORDS_HEADER_BYTES, entry.appendTime);
    }

    OptionalLong offsetAtOrAfter(TopicPartition partition, long timestampMillis) {
        RecordCursor cursor = new RecordCursor();
        long from = -1;
        while (true) {
            long candidate = firstBatchReaching(partition, timestampMillis, from);
            if (candidate < 0) {
                return OptionalLong.empty();
            }
            fetch(partition, candidate, 1, cursor);
            while (cursor.next()) {
                if (cursor.timestampMillis() >= timestampMillis) {
                    return OptionalLong.of(cursor.offset());
                }
            }
            from = cursor.nextOffset();
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
