package io.tidemill.testkit;

import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.util.function.Consumer;

/** Reads topics from their start to their end. */
final class TopicRecords {
    private static final int FETCH_BYTES = 1 << 20;

    private TopicRecords() {}

    /** Partition by partition; the cursor stands on the record. */
    static void forEach(Log log, String topic, Consumer<RecordCursor> action) {
        int partitions = log.topic(topic).orElseThrow().config().partitions();
        for (int i = 0; i < partitions; i++) {
            TopicPartition partition = new TopicPartition(topic, i);
            forEach(log, partition, log.offsets(partition).start(), action);
        }
    }

    /** From an offset on; returns where the next reading goes on. */
    static long forEach(Log log, TopicPartition partition, long from, Consumer<RecordCursor> action) {
        RecordCursor records = new RecordCursor();
        OffsetRange range = log.offsets(partition);
        long at = Math.max(from, range.start());
        while (at < range.end()) {
            log.fetch(partition, at, FETCH_BYTES, records);
            while (records.next()) {
                action.accept(records);
            }
            at = records.nextOffset();
        }
        return at;
    }
}
