package io.tidemill.engine;

import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import io.tidemill.engine.StateReader.StateKey;
import io.tidemill.log.Log;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Finds sessions on the disk by key and time. The records of a session, and what removes them, lie where its place says; so
 * whoever reads the places that a span of time may have sessions in knows all that there are. One pass over the ranges
 * of offsets answers any number of questions.
 */
final class ClosedSessions {
    private final ClosedTopic topic;
    private final StagePlan stage;
    private final StateReader format;

    private final Map<ByteBuffer, Question> questions = new HashMap<>();

    /** By their length, then by their start. */
    private final Map<Long, TreeMap<Long, WindowInfo>> places = new HashMap<>();

    private final Set<Window> asked = new HashSet<>();

    /** Which sessions has a key that have elements in certain spans of time, or around them? */
    static final class Question {
        final byte[] key;
        final int hash;
        final Spans spans = new Spans();

        /** The records that were found, by the time of each. */
        private final Map<Window, ClosedSession> parts = new HashMap<>();

        Question(byte[] key, int hash) {
            this.key = key;
            this.hash = hash;
        }

        /** The sessions in the spans, by their first element. */
        List<ClosedSession> answer() {
            TreeMap<Long, ClosedSession> whole = new TreeMap<>();
            new TreeMap<>(parts).forEach((time, part) -> {
                if (spans.overlaps(part.window())) {
                    ClosedSession session = whole.get(part.first());
                    if (session == null) {
                        session = part;
                        whole.put(part.first(), part);
                    } else {
                        session.cells().addAll(part.cells());
                    }
                    session.parts().add(time);
                }
            });
            return List.copyOf(whole.values());
        }
    }

    ClosedSessions(Log log, CompiledPipeline pipeline, StagePlan stage) {
        this.topic = new ClosedTopic(log, pipeline);
        this.stage = stage;
        this.format = new StateReader(pipeline);
    }

    void find(Collection<Question> all, Map<Window, WindowInfo> index) {
        questions.clear();
        places.clear();
        asked.clear();
        index.forEach((place, info) -> places.computeIfAbsent(
                        place.endMillis() - place.startMillis(), size -> new TreeMap<>())
                .put(place.startMillis(), info));
        SortedMap<Long, Long> ranges = new TreeMap<>();
        for (Question question : all) {
            question.parts.clear();
            questions.put(ByteBuffer.wrap(question.key), question);
            question.spans.lastByFirst().forEach((first, last) -> addRanges(first, last, ranges));
        }
        topic.read(ranges, this::take);
    }

    /** A session begins in its place, and may reach into the next one of the same length. */
    private void addRanges(long first, long last, SortedMap<Long, Long> ranges) {
        places.forEach((size, byStart) -> {
            long from = (Math.floorDiv(first, size) - 1) * size;
            byStart.subMap(from, true, last, true).forEach((start, info) -> {
                if (asked.add(new Window(start, start + size))) {
                    for (int i = 0; i < info.ranges.size(); i += 2) {
                        ranges.merge(info.ranges.get(i), info.ranges.get(i + 1), Math::max);
                    }
                }
            });
        });
    }

    private void take(RecordCursor record) {
        int prefix = StateFormat.KEY_PREFIX_BYTES;
        Question question =
                questions.get(ByteBuffer.wrap(record.array(), record.keyStart() + prefix, record.keyLength() - prefix));
        if (question == null) {
            return;
        }
        StateKey key = format.key(new ByteSource(record.array(), record.keyStart(), record.keyLength()));
        if (key.stage() != stage) {
            // What other operators have closed lies between.
            return;
        }
        ClosedSession part = record.valueLength() < 0 ? null : read(record, question);
        // What lies in a place that was not asked for may have been removed where nobody looks now.
        if (part != null && asked.contains(part.place())) {
            question.parts.put(key.window(), part);
        } else {
            question.parts.remove(key.window());
        }
    }

    private ClosedSession read(RecordCursor record, Question question) {
        return ClosedSession.read(
                question.key,
                question.hash,
                new ByteSource(record.array(), record.valueStart(), record.valueLength()),
                stage.aggregate);
    }
}
