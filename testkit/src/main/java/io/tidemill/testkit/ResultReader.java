package io.tidemill.testkit;

import io.tidemill.api.Codec;
import io.tidemill.api.Header;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import io.tidemill.engine.ResultKey;
import io.tidemill.log.Log;
import io.tidemill.log.batch.RecordCursor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads the results topic of a pipeline. */
final class ResultReader {
    private static final long NO_EVENT = 0;

    private final String topic;
    private final boolean aggregating;

    /** Whether records have keys of the user's own, which say nothing of what they replace. */
    private final boolean keyed;

    /** Whether elements that no stage has made are among the results. */
    private final boolean mixed;

    private final @Nullable Codec<Object> keyCodec;

    /** How many of those there have been. */
    private long events;

    /** @param target a topic that the pipeline writes */
    ResultReader(Pipeline pipeline, String target) {
        List<Operator> operators = pipeline.operators();
        int end = 0;
        while (!(operators.get(end) instanceof Operator.To to && to.topic().equals(target))) {
            end++;
            if (end == operators.size()) {
                throw new IllegalArgumentException(
                        "pipeline '" + pipeline.name() + "' does not write '" + target + "'");
            }
        }
        topic = target;
        int keeper = before(pipeline, end, Operator::keepsState);
        aggregating = keeper >= 0;
        keyed = operators.get(pipeline.inputsOf(end).get(0)) instanceof Operator.KeyBy;
        mixed = comesOfSource(pipeline, end);
        int key = before(pipeline, aggregating && !keyed ? keeper : end, Operator.KeyBy.class::isInstance);
        keyCodec = key < 0 ? null : ((Operator.KeyBy) operators.get(key)).codec();
    }

    /** The nearest operator before the one at {@code place} of which {@code test} is true; -1 if there is none. */
    private static int before(Pipeline pipeline, int place, Predicate<Operator> test) {
        for (int input : pipeline.inputsOf(place)) {
            int found = test.test(pipeline.operators().get(input)) ? input : before(pipeline, input, test);
            if (found >= 0) {
                return found;
            }
        }
        return -1;
    }

    private static boolean comesOfSource(Pipeline pipeline, int place) {
        List<Integer> inputs = pipeline.inputsOf(place);
        return !pipeline.operators().get(place).keepsState()
                && (inputs.isEmpty() || inputs.stream().anyMatch(input -> comesOfSource(pipeline, input)));
    }

    /**
     * What a result is known by.
     *
     * @param event of an element that no stage has made, its own number: it is no version of another one
     */
    private record Identity(byte[] key, @Nullable Window window, byte[] row, long event)
            implements Comparable<Identity> {
        private static final Comparator<Identity> ORDER = Comparator.comparing(
                        Identity::window, Comparator.nullsFirst(Comparator.<Window>naturalOrder()))
                .thenComparing(Identity::key, Arrays::compareUnsigned)
                .thenComparing(Identity::row, Arrays::compareUnsigned)
                .thenComparingLong(Identity::event);

        @Override
        public int compareTo(Identity other) {
            return ORDER.compare(this, other);
        }
    }

    List<TestResult> newest(Log log) {
        if (!aggregating || keyed) {
            return all(log);
        }
        Map<Identity, TestResult> newest = new TreeMap<>();
        TopicRecords.forEach(log, topic, record -> {
            ResultKey identity = ResultKey.of(record.key(), record.headers());
            boolean isEvent = mixed && identity.row().length == 0;
            long event = isEvent ? ++events : NO_EVENT;
            Identity of = new Identity(identity.key(), identity.window(), identity.row(), event);
            if (record.valueLength() < 0) {
                // It was taken back.
                newest.remove(of);
            } else {
                newest.put(of, result(identity, record));
            }
        });
        return List.copyOf(newest.values());
    }

    List<TestResult> all(Log log) {
        List<TestResult> all = new ArrayList<>();
        TopicRecords.forEach(log, topic, record -> {
            // Where nothing is aggregated, headers are the user's own and mean nothing to us.
            List<Header> headers = aggregating ? record.headers() : List.of();
            all.add(result(ResultKey.of(record.key(), headers), record));
        });
        return Collections.unmodifiableList(all);
    }

    private TestResult result(ResultKey identity, RecordCursor record) {
        byte[] payload = record.value();
        return new TestResult(
                record.keyLength() < 0 ? null : text(identity.key()),
                identity.window(),
                identity.revision(),
                identity.pane(),
                payload == null ? new byte[0] : payload);
    }

    private String text(byte[] key) {
        if (keyCodec == null) {
            return new String(key, StandardCharsets.UTF_8);
        }
        try {
            Object decoded = keyCodec.decode(key, 0, key.length);
            return decoded instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : String.valueOf(decoded);
        } catch (Exception e) {
            throw new IllegalStateException(
                    "the codec of the keys (" + keyCodec.format() + ") does not read its own", e);
        }
    }
}
