package io.tidemill.operations;

import io.tidemill.api.DeadLetter;
import io.tidemill.api.DeadLetter.Origin;
import io.tidemill.api.FailureClass;
import io.tidemill.api.LateRecord;
import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.util.function.Consumer;

/**
 * The records of the source that became dead letters for a reason that is not in the source: their window could no longer
 * be corrected when they, or the correction, came. That depends on how far the other partitions were, so a recomputation
 * has to ask.
 */
final class Letters {
    private final Offsets all = new Offsets();
    private final Offsets tooLate = new Offsets();
    private final Offsets late = new Offsets();

    private Letters() {}

    static Letters none() {
        return new Letters();
    }

    static Letters read(Log log, Parts parts, int partitions) {
        Letters letters = new Letters();
        String source = parts.sourceTopic();
        scan(log, parts.pipeline().deadTopic(), partitions, record -> letters.takeDead(record, source));
        if (!letters.tooLate.isEmpty()) {
            scan(log, parts.pipeline().lateTopic(), partitions, record -> letters.takeLate(record, source));
        }
        return letters;
    }

    private static void scan(Log log, String topic, int partitions, Consumer<RecordCursor> reader) {
        Meter unseen = new Meter((done, total) -> {});
        for (int i = 0; i < partitions; i++) {
            TopicPartition partition = new TopicPartition(topic, i);
            OffsetRange range = log.offsets(partition);
            new Scan(partition, range.start(), range.end()).run(log, unseen, record -> {
                try {
                    reader.accept(record);
                } catch (IllegalArgumentException e) {
                    // It has no envelope, so it is somebody else's, and says nothing about ours.
                }
            });
        }
    }

    private void takeDead(RecordCursor record, String source) {
        DeadLetter letter = DeadLetter.of(record.key(), record.value(), record.headers());
        Origin origin = letter.origin();
        if (origin.topic().equals(source)) {
            all.add(origin.partition(), origin.offset());
            if (letter.failureClass() == FailureClass.LATE) {
                tooLate.add(origin.partition(), origin.offset());
            }
        }
    }

    private void takeLate(RecordCursor record, String source) {
        Origin origin =
                LateRecord.of(record.key(), record.value(), record.headers()).origin();
        if (origin.topic().equals(source) && tooLate.contains(origin.partition(), origin.offset())) {
            late.add(origin.partition(), origin.offset());
        }
    }

    /** Whether a record that is late has been given up by a correction. */
    boolean isGivenUp(int partition, long offset) {
        return all.contains(partition, offset);
    }

    /** Whether a record was on time by its own partition, but too late for what was kept of its window. */
    boolean isForgotten(int partition, long offset) {
        return tooLate.contains(partition, offset) && !late.contains(partition, offset);
    }
}
