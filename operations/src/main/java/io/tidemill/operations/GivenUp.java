package io.tidemill.operations;

import io.tidemill.api.DeadLetter;
import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The records of the source that became dead letters. Of those that are late by the recomputation, the letters must come
 * from a correction that could not fold them in.
 */
final class GivenUp {
    /** Offsets, sorted when they are first asked for. */
    private static final class Offsets {
        private long[] offsets = new long[64];
        private int count;
        private boolean sorted;

        void add(long offset) {
            if (count == offsets.length) {
                offsets = Arrays.copyOf(offsets, count * 2);
            }
            offsets[count++] = offset;
            sorted = false;
        }

        boolean contains(long offset) {
            if (!sorted) {
                Arrays.sort(offsets, 0, count);
                sorted = true;
            }
            return Arrays.binarySearch(offsets, 0, count, offset) >= 0;
        }
    }

    private final Map<Integer, Offsets> byPartition = new HashMap<>();
    private final String sourceTopic;

    private GivenUp(String sourceTopic) {
        this.sourceTopic = sourceTopic;
    }

    static GivenUp none() {
        return new GivenUp("");
    }

    /** Reads the pipeline's dead letters. */
    static GivenUp read(Log log, Parts parts, int partitions) {
        GivenUp found = new GivenUp(parts.sourceTopic());
        Meter unseen = new Meter((done, total) -> {});
        for (int i = 0; i < partitions; i++) {
            TopicPartition dead = new TopicPartition(parts.pipeline().deadTopic(), i);
            OffsetRange range = log.offsets(dead);
            new Scan(dead, range.start(), range.end()).run(log, unseen, found::take);
        }
        return found;
    }

    private void take(RecordCursor record) {
        DeadLetter letter;
        try {
            letter = DeadLetter.of(record.key(), record.value(), record.headers());
        } catch (IllegalArgumentException e) {
            // Somebody else's record: it says nothing about ours.
            return;
        }
        if (letter.origin().topic().equals(sourceTopic)) {
            byPartition
                    .computeIfAbsent(letter.origin().partition(), p -> new Offsets())
                    .add(letter.origin().offset());
        }
    }

    boolean contains(int partition, long offset) {
        Offsets offsets = byPartition.get(partition);
        return offsets != null && offsets.contains(offset);
    }
}
