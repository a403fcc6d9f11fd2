package io.tidemill.operations;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import org.jspecify.annotations.Nullable;

/** Makes of an accumulator what the results topic should hold. Not thread-safe. */
final class Answering {
    private final Parts parts;
    private final Aggregate<Object, Object, Object> aggregate;
    private final Operator.KeyBy keyBy;
    private final ResultLimit limit;
    private final ByteSink sink = new ByteSink();

    Answering(Parts parts, Committed committed) {
        this.parts = parts;
        this.aggregate = parts.aggregate();
        Operator.KeyBy key = parts.keyBy();
        if (key == null) {
            throw new IllegalArgumentException("pipeline '" + parts.name() + "' aggregates without a key");
        }
        this.keyBy = key;
        this.limit = ResultLimit.of(committed.resultsConfig());
    }

    /** @param found what stands where the answer should: its revision and pane are nothing that a source tells */
    Answer answer(byte[] keyBytes, @Nullable Window window, @Nullable Object accumulator, FoundResult found) {
        if (accumulator == null) {
            return Answer.NONE;
        }
        try {
            Object key = keyBy.codec().decode(keyBytes, 0, keyBytes.length);
            Result<Object, Object> result =
                    new Result<>(key, window, aggregate.result(accumulator), found.revision(), found.closedPane());
            Operator.MapResult mapping = parts.mapResult();
            sink.reset();
            parts.to()
                    .codec()
                    .encode(mapping == null ? result : mapping.mapper().apply(result), sink);
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            return Answer.failed(e.toString());
        }
        return limit.holds(keyBytes.length + Identity.windowBytes(window), sink.size())
                ? Answer.of(sink.toByteArray())
                : Answer.failed("its " + sink.size() + " bytes are too many for its topic");
    }

    Mismatch mismatch(byte[] key, @Nullable Window window, Answer expected, FoundResult found, String why) {
        return new Mismatch(
                Printable.key(key, keyBy.codec()),
                window,
                expected.text(),
                Answer.of(found.value).text(),
                why);
    }
}
