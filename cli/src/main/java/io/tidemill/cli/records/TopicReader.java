package io.tidemill.cli.records;

import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;

/** Reads the partitions of a topic, each from an offset on. Not thread-safe. */
public final class TopicReader {
    private static final int FETCH_BYTES = 1 << 20;

    private final Log log;
    private final String topic;
    private final long[] next;
    private final RecordCursor cursor = new RecordCursor();

    /** What is done with a record; false to end. */
    @FunctionalInterface
    public interface Visitor {
        /** @param record at the record; nothing of it may be kept but copies */
        boolean visit(TopicPartition partition, RecordCursor record);
    }

    /** Where reading begins. */
    public sealed interface From {
        /** The first record that is there. */
        record Beginning() implements From {}

        /** After the last one. */
        record End() implements From {}

        /** This one, in every partition; where it is gone, the first that is there. */
        record Offset(long offset) implements From {}
    }

    public TopicReader(Log log, String topic, int partitions, From from) {
        this.log = log;
        this.topic = topic;
        this.next = new long[partitions];
        for (int i = 0; i < partitions; i++) {
            OffsetRange held = log.offsets(new TopicPartition(topic, i));
            if (from instanceof From.End) {
                next[i] = held.end();
            } else if (from instanceof From.Offset at) {
                next[i] = Math.min(held.end(), Math.max(held.start(), at.offset()));
            } else {
                next[i] = held.start();
            }
        }
    }

    /** Reads what is there now, one partition after the other; false if the visitor ended it. */
    public boolean readAll(Visitor visitor) {
        for (int i = 0; i < next.length; i++) {
            if (!read(new TopicPartition(topic, i), visitor)) {
                return false;
            }
        }
        return true;
    }

    private boolean read(TopicPartition partition, Visitor visitor) {
        int i = partition.partition();
        OffsetRange held = log.offsets(partition);
        next[i] = Math.max(next[i], held.start());
        while (next[i] < held.end()) {
            log.fetch(partition, next[i], FETCH_BYTES, cursor);
            while (cursor.next()) {
                if (cursor.offset() >= held.end()) {
                    break;
                }
                next[i] = cursor.offset() + 1;
                if (!visitor.visit(partition, cursor)) {
                    return false;
                }
            }
            next[i] = Math.max(next[i], Math.min(cursor.nextOffset(), held.end()));
        }
        return true;
    }
}
