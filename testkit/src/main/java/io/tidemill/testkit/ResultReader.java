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
import org.jspecify.annotations.Nullable;

/** Reads the results topic of a pipeline. */
final class ResultReader {
    private final String topic;
    private final boolean aggregating;
    private final @Nullable Codec<Object> keyCodec;

    ResultReader(Pipeline pipeline) {
        String target = "";
        boolean aggregates = false;
        Codec<Object> codec = null;
        for (Operator operator : pipeline.operators()) {
            if (operator instanceof Operator.To to) {
                target = to.topic();
            } else if (operator instanceof Operator.Aggregated
                    || !operator.kept().isEmpty()) {
                aggregates = true;
            } else if (operator instanceof Operator.KeyBy keyBy) {
                codec = keyBy.codec();
            }
        }
        topic = target;
        aggregating = aggregates;
        keyCodec = codec;
    }

    /** What a result is known by. */
    private record Identity(
            byte[] key, byte[] row, @Nullable Window window) implements Comparable<Identity> {
        private static final Comparator<Identity> ORDER = Comparator.comparing(
                        Identity::window, Comparator.nullsFirst(Comparator.<Window>naturalOrder()))
                .thenComparing(Identity::key, Arrays::compareUnsigned)
                .thenComparing(Identity::row, Arrays::compareUnsigned);

        @Override
        public int compareTo(Identity other) {
            return ORDER.compare(this, other);
        }
    }

    List<TestResult> newest(Log log) {
        if (!aggregating) {
            return all(log);
        }
        Map<Identity, TestResult> newest = new TreeMap<>();
        TopicRecords.forEach(log, topic, record -> {
            ResultKey identity = ResultKey.of(record.key(), record.headers());
            Identity of = new Identity(identity.key(), identity.row(), identity.window());
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
