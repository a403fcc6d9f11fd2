package io.tidemill.api.plan;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Condition;
import io.tidemill.api.Early;
import io.tidemill.api.Mapper;
import io.tidemill.api.Result;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One step of a pipeline: data plus the user's functions. The element types are erased; the builder has checked them. */
public sealed interface Operator extends Serializable {
    /** Unique in its pipeline, given by the user or derived from the kind and its ordinal. */
    String name();

    /** What it was called before: state that was kept under one of these names is found again. Empty but for the stateful. */
    default List<String> formerNames() {
        return List.of();
    }

    /** Whether it cannot work with elements of which nobody has said when they happened. */
    default boolean needsEventTime() {
        return false;
    }

    record From(String name, Topic<?> topic) implements Operator {}

    record Filter(String name, Condition<Object> condition) implements Operator {}

    record Map(String name, Mapper<Object, Object> mapper) implements Operator {}

    record FlatMap(String name, Mapper<Object, Iterable<?>> mapper) implements Operator {}

    /** @param extractor null to take the record's own timestamp */
    record EventTime(String name, @Nullable Mapper<Object, Instant> extractor, Watermark watermark)
            implements Operator {}

    /** Elements of several inputs, each as it is. */
    record Union(String name) implements Operator {}

    record KeyBy(String name, Mapper<Object, Object> extractor, Codec<Object> codec) implements Operator {}

    /**
     * @param allowedLateness how long after its end a window still takes records in and emits updates
     * @param correctableFor how long, in event time, a closed window's accumulators are kept for corrections
     * @param early null for results of closed windows only
     */
    record Windowed(
            String name,
            Windowing windowing,
            Duration allowedLateness,
            Duration correctableFor,
            @Nullable Early early) implements Operator {
        @Override
        public boolean needsEventTime() {
            return true;
        }
    }

    /** @param formerNames see {@link Operator#formerNames} */
    record Aggregated(String name, Aggregate<Object, Object, Object> aggregate, List<String> formerNames)
            implements Operator {
        public Aggregated {
            formerNames = List.copyOf(formerNames);
        }

        public Aggregated(String name, Aggregate<Object, Object, Object> aggregate) {
            this(name, aggregate, List.of());
        }
    }

    /** Which results a join has: one for each pair and, of the sides named here, for each row without a partner; or groups. */
    enum JoinKind {
        INNER,
        LEFT,
        RIGHT,
        FULL,

        /** One for all rows of a key and window: the joiner is given two lists. */
        COGROUP;

        public boolean keepsLeft() {
            return this == LEFT || this == FULL;
        }

        public boolean keepsRight() {
            return this == RIGHT || this == FULL;
        }
    }

    /**
     * Pairs of what two inputs have under the same key in the same window. Its inputs are a {@link KeyBy} each, the left one
     * first.
     *
     * @param joiner is given null in place of a partner that a row does not have, if {@code kind} keeps such rows
     * @param leftCodec how the left side's elements are kept; null where nobody has said, which no built pipeline has
     * @param rightCodec the same of the right side
     * @param resultCodec of what the joiner makes
     * @param allowedLateness how long after its end a window still takes records in and emits updates
     * @param correctableFor how long, in event time, a closed window's rows are kept for corrections
     * @param rowsMax how many rows of both sides together a key may have in a window
     * @param formerNames see {@link Operator#formerNames}
     */
    record Joined(
            String name,
            JoinKind kind,
            Aggregate.Joiner<@Nullable Object, @Nullable Object, Object> joiner,
            @Nullable Codec<Object> leftCodec,
            @Nullable Codec<Object> rightCodec,
            Codec<Object> resultCodec,
            Windowing windowing,
            Duration allowedLateness,
            Duration correctableFor,
            int rowsMax,
            List<String> formerNames)
            implements Operator {
        public Joined {
            formerNames = List.copyOf(formerNames);
        }

        @Override
        public boolean needsEventTime() {
            return true;
        }
    }

    /** What is emitted for a result; its key, window and revision stay what they are. */
    record MapResult(String name, Mapper<Result<Object, Object>, Object> mapper) implements Operator {}

    /** @param codec encodes the element or, after an aggregate without {@link MapResult}, the {@link Result} */
    record To(String name, String topic, Codec<Object> codec) implements Operator {}
}
