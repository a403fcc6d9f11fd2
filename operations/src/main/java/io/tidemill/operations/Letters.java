package io.tidemill.operations;

import io.tidemill.api.DeadLetter;
import io.tidemill.api.DeadLetter.Origin;
import io.tidemill.api.FailureClass;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Pipeline;
import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The records of the source that became dead letters for a reason that is not in the source: their window could no longer
 * be corrected when they, or the correction, came. That depends on how far the other partitions were, so a recomputation
 * has to ask.
 */
final class Letters {
    /** Of one topic. */
    private static final class Of {
        final Offsets all = new Offsets();
        final Offsets tooLate = new Offsets();
        final Offsets late = new Offsets();
    }

    private final Map<String, Of> topics = new HashMap<>();

    private Letters() {}

    static Letters none() {
        return new Letters();
    }

    static Letters read(Log log, Pipeline pipeline) {
        Letters letters = new Letters();
        Ways.topics(pipeline).forEach(topic -> letters.topics.put(topic, new Of()));
        scan(log, pipeline.deadTopic(), letters::takeDead);
        if (letters.topics.values().stream().anyMatch(each -> !each.tooLate.isEmpty())) {
            scan(log, pipeline.lateTopic(), letters::takeLate);
        }
        return letters;
    }

    private static void scan(Log log, String topic, Consumer<RecordCursor> reader) {
        Meter unseen = new Meter((done, total) -> {});
        int partitions =
                log.topic(topic).map(each -> each.config().partitions()).orElse(0);
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

    private void takeDead(RecordCursor record) {
        DeadLetter letter = DeadLetter.of(record.key(), record.value(), record.headers());
        Origin origin = letter.origin();
        Of of = topics.get(origin.topic());
        // What an operator that has no corrections could not take in may have been corrected in others.
        if (of != null && !letter.reason().equals("NOT_CORRECTABLE")) {
            of.all.add(origin.partition(), origin.offset());
            if (letter.failureClass() == FailureClass.LATE) {
                of.tooLate.add(origin.partition(), origin.offset());
            }
        }
    }

    private void takeLate(RecordCursor record) {
        Origin origin =
                LateRecord.of(record.key(), record.value(), record.headers()).origin();
        Of of = topics.get(origin.topic());
        if (of != null && of.tooLate.contains(origin.partition(), origin.offset())) {
            of.late.add(origin.partition(), origin.offset());
        }
    }

    /** Whether a record that is late has been given up by a correction. */
    boolean isGivenUp(TopicPartition from, long offset) {
        Of of = topics.get(from.topic());
        return of != null && of.all.contains(from.partition(), offset);
    }

    /** Whether a record was on time by its own partition, but too late for what was kept of its window. */
    boolean isForgotten(TopicPartition from, long offset) {
        Of of = topics.get(from.topic());
        return of != null
                && of.tooLate.contains(from.partition(), offset)
                && !of.late.contains(from.partition(), offset);
    }
}
