package io.tidemill.engine;

import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.util.SortedMap;
import java.util.function.Consumer;

/** The topic of what has closed, read by ranges of offsets. Not thread-safe. */
final class ClosedTopic {
    private static final int FETCH_BYTES = 4 << 20;

    private final Log log;
    private final TopicPartition topic;
    private final RecordCursor cursor = new RecordCursor();

    /** The cursor's record has not been looked at. */
    private boolean isOnRecord;

    ClosedTopic(Log log, CompiledPipeline pipeline) {
        this.log = log;
        this.topic = new TopicPartition(pipeline.closedTopic(), 0);
    }

    /** @param ranges from an offset to before another, as far as they are still held */
    void read(SortedMap<Long, Long> ranges, Consumer<RecordCursor> taker) {
        OffsetRange held = log.offsets(topic);
        cursor.reset(held.start());
        isOnRecord = false;
        ranges.forEach((from, to) -> read(from, Math.min(to, held.end()), taker));
    }

    /** Goes on with what was fetched for the range before: ranges are often closer to one another than a fetch is long. */
    private void read(long from, long to, Consumer<RecordCursor> taker) {
        while (true) {
            isOnRecord = isOnRecord || cursor.next();
            if (isOnRecord) {
                if (cursor.offset() >= to) {
                    return;
                }
                if (cursor.offset() >= from) {
                    taker.accept(cursor);
                }
                isOnRecord = false;
            } else {
                long next = Math.max(cursor.nextOffset(), from);
                if (next >= to) {
                    return;
                }
                log.fetch(topic, next, FETCH_BYTES, cursor);
            }
        }
    }
}
