package io.tidemill.operations;

import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.util.function.Consumer;

/** Reads a stretch of a partition. */
record Scan(TopicPartition partition, long from, long to) {
    private static final int FETCH_BYTES = 4 << 20;

    long offsets() {
        return to - from;
    }

    void run(Log log, Meter meter, Consumer<RecordCursor> reader) {
        RecordCursor records = new RecordCursor();
        long at = from;
        while (at < to) {
            fetch(log, at, records);
            while (records.next() && records.offset() < to) {
                reader.accept(records);
            }
            long next = Math.min(to, records.nextOffset());
            meter.did(next - at);
            at = next;
        }
    }

    private void fetch(Log log, long at, RecordCursor into) {
        try {
            log.fetch(partition, at, FETCH_BYTES, into);
        } catch (LogException e) {
            if (e.code() == LogException.Code.OFFSET_OUT_OF_RANGE) {
                throw new AuditException(
                        "the audit cannot be complete: retention has removed records of " + partition
                                + " while they were read (" + e.getMessage() + "). Give the topic a longer retention",
                        e);
            }
            throw e;
        }
    }
}
