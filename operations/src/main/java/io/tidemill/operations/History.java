package io.tidemill.operations;

import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** What a topic holds now, or a stretch of it, in the order in which it arrived. Can be read more than once. */
final class History {
    private static final int FETCH_BYTES_TOTAL = 64 << 20;
    private static final int FETCH_BYTES_MAX = 4 << 20;
    private static final int FETCH_BYTES_MIN = 64 << 10;

    /** Given each record, and told when a partition has no more. */
    interface Visitor {
        void take(int partition, RecordCursor record);

        void ended(int partition);
    }

    private final Log log;
    private final List<Scan> stretches;
    private final long recordsMax;
    private boolean isPart;

    private History(Log log, List<Scan> stretches, long recordsMax, boolean isPart) {
        this.log = log;
        this.stretches = stretches;
        this.recordsMax = recordsMax;
        this.isPart = isPart;
    }

    static History of(Log log, String topic, AdviceRequest request) {
        int partitions = log.topic(topic)
                .orElseThrow(() -> new AdviceException("there is no topic '" + topic
                        + "', which the pipeline reads: advice is drawn from what it holds"))
                .config()
                .partitions();
        List<Scan> stretches = new ArrayList<>();
        boolean isPart = false;
        for (int i = 0; i < partitions; i++) {
            TopicPartition partition = new TopicPartition(topic, i);
            OffsetRange held = log.offsets(partition);
            long from = first(log, partition, held, request.from());
            isPart |= from > held.start();
            stretches.add(new Scan(partition, from, held.end()));
        }
        return new History(log, stretches, request.recordsMax(), isPart);
    }

    private static long first(Log log, TopicPartition partition, OffsetRange held, @Nullable Instant from) {
        if (from == null) {
            return held.start();
        }
        long found = log.offsetAtOrAfter(partition, from.toEpochMilli()).orElse(held.end());
        return Math.min(held.end(), Math.max(held.start(), found));
    }

    int partitions() {
        return stretches.size();
    }

    TopicPartition partition(int index) {
        return stretches.get(index).partition();
    }

    long offsets() {
        return stretches.stream().mapToLong(Scan::offsets).sum();
    }

    /** Whether records were left out; known when all have been visited. */
    boolean isPart() {
        return isPart;
    }

    /** Visits every record, partition by partition in its own order, merged by when they arrived. */
    void forEach(Meter meter, Visitor visitor) {
        int bytes = Math.max(FETCH_BYTES_MIN, Math.min(FETCH_BYTES_MAX, FETCH_BYTES_TOTAL / Math.max(1, partitions())));
        PriorityQueue<Reader> readers = new PriorityQueue<>(Reader.BY_ARRIVAL);
        for (int i = 0; i < partitions(); i++) {
            continueWith(new Reader(i, stretches.get(i), bytes), readers, meter, visitor);
        }
        for (long records = 0; records < recordsMax && !readers.isEmpty(); records++) {
            Reader next = readers.remove();
            visitor.take(next.index, next.records);
            continueWith(next, readers, meter, visitor);
        }
        isPart |= !readers.isEmpty();
    }

    /**
     * When a record came into being for a pipeline that keeps up: when it was produced, for what is loaded at once is
     * appended at once; and no later than it was appended, for a producer's clock may be wrong.
     */
    static long arrivalMillis(RecordCursor record) {
        long timestamp = record.timestampMillis();
        return timestamp < 0 ? record.appendTimeMillis() : Math.min(timestamp, record.appendTimeMillis());
    }

    private void continueWith(Reader reader, PriorityQueue<Reader> readers, Meter meter, Visitor visitor) {
        if (reader.advance(log, meter)) {
            readers.add(reader);
        } else {
            visitor.ended(reader.index);
        }
    }

    /** Where one partition is. */
    private static final class Reader {
        /** Of what arrived together, partitions take turns. */
        static final Comparator<Reader> BY_ARRIVAL = Comparator.<Reader>comparingLong(
                        each -> arrivalMillis(each.records))
                .thenComparingLong(each -> each.taken)
                .thenComparingInt(each -> each.index);

        final int index;
        final RecordCursor records = new RecordCursor();
        private final Scan stretch;
        private final int fetchBytes;
        private long at;
        private boolean fetched;
        private long taken;

        Reader(int index, Scan stretch, int fetchBytes) {
            this.index = index;
            this.stretch = stretch;
            this.fetchBytes = fetchBytes;
            this.at = stretch.from();
        }

        /** Whether there is one more. */
        boolean advance(Log log, Meter meter) {
            while (at < stretch.to()) {
                if (fetched && records.next()) {
                    taken++;
                    return records.offset() < stretch.to();
                }
                if (fetched) {
                    long next = Math.min(stretch.to(), Math.max(at + 1, records.nextOffset()));
                    meter.did(next - at);
                    at = next;
                }
                fetched = at < stretch.to();
                if (fetched) {
                    fetch(log, meter);
                }
            }
            return false;
        }

        private void fetch(Log log, Meter meter) {
            while (true) {
                try {
                    log.fetch(stretch.partition(), at, fetchBytes, records);
                    return;
                } catch (LogException e) {
                    long start = log.offsets(stretch.partition()).start();
                    if (e.code() != LogException.Code.OFFSET_OUT_OF_RANGE || start <= at) {
                        throw e;
                    }
                    // Retention has removed them meanwhile; advice does not depend on a few records.
                    meter.did(start - at);
                    at = start;
                }
            }
        }
    }
}
