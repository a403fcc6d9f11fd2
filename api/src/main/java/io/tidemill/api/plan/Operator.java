package io.tidemill.api.plan;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Condition;
import io.tidemill.api.Early;
import io.tidemill.api.Mapper;
import io.tidemill.api.Result;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.api.WatermarkGenerator;
import io.tidemill.api.Windowing;
import io.tidemill.api.process.ProcessOptions;
import io.tidemill.api.process.ProcessOrder;
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

    /** How the elements are encoded that it keeps, by input. Empty where it keeps none as they are. */
    default List<Kept> kept() {
        return List.of();
    }

    /** Whether it cannot work with elements of which nobody has said when they happened. */
    default boolean needsEventTime() {
        return false;
    }

    /** Whether it keeps state by key. */
    default boolean keepsState() {
        return this instanceof Aggregated || this instanceof Joined || !kept().isEmpty();
    }

    record From(String name, Topic<?> topic) implements Operator {}

    record Filter(String name, Condition<Object> condition) implements Operator {}

    record Map(String name, Mapper<Object, Object> mapper) implements Operator {}

    record FlatMap(String name, Mapper<Object, Iterable<?>> mapper) implements Operator {}

    /**
     * @param extractor null to take the record's own timestamp
     * @param generator says how far a partition has come; null where its newest event time does
     */
    record EventTime(
            String name,
            @Nullable Mapper<Object, Instant> extractor,
            Watermark watermark,
            @Nullable WatermarkGenerator<Object> generator)
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

    /**
     * Elements of an input that the operator keeps.
     *
     * @param codec null where nobody has said how they are encoded
     */
    record Kept(@Nullable Codec<Object> codec) implements Serializable {}

    /**
     * A user's function with state and timers for each key. Its inputs are keyed alike.
     *
     * @param kept by input
     * @param formerNames see {@link Operator#formerNames}
     */
    record Processed(
            String name, KeyedFunction function, ProcessOptions options, List<Kept> kept, List<String> formerNames)
            implements Operator {
        public Processed {
            kept = List.copyOf(kept);
            formerNames = List.copyOf(formerNames);
        }

        @Override
        public boolean needsEventTime() {
            return options.order() == ProcessOrder.EVENT_TIME;
        }
    }

    /** What a {@link Processed} before it emits beside its results, under a tag. */
    record Side(String name, String tag) implements Operator {}

    /**
     * The first element of an id passes; others of it, up to {@code bound} after the one that passed, do not.
     *
     * @param id null where the key is the id
     */
    record Deduplicate(
            String name,
            @Nullable Mapper<Object, Object> id,
            Codec<Object> idCodec,
            Duration bound,
            List<Kept> kept,
            List<String> formerNames)
            implements Operator {
        public Deduplicate {
            kept = List.copyOf(kept);
            formerNames = List.copyOf(formerNames);
        }

        @Override
        public boolean needsEventTime() {
            return true;
        }
    }

    /** The results of an aggregate, as elements. */
    record Results(String name) implements Operator {}

    /**
     * Pairs of a left element (input 0) and a right one (input 1) of the same key, where the right one happened from
     * {@code lower} to {@code upper} after the left one, bounds included.
     *
     * @param keepsLeft whether left elements without a partner are results
     * @param keepsRight whether right elements without a partner are results
     * @param joiner makes a result of a pair; a partner that is missing is null
     * @param correctableFor how long, in event time, elements that can no longer match are kept for late ones
     */
    record IntervalJoin(
            String name,
            Duration lower,
            Duration upper,
            boolean keepsLeft,
            boolean keepsRight,
            Joining joiner,
            Duration correctableFor,
            List<Kept> kept,
            List<String> formerNames)
            implements Operator {
        public IntervalJoin {
            kept = List.copyOf(kept);
            formerNames = List.copyOf(formerNames);
        }

        @Override
        public boolean needsEventTime() {
            return true;
        }
    }

    /**
     * A topic read as the versions of a table: each record, at its timestamp, replaces what was known of its key, and one
     * without a value removes it. Gives {@link TableRow}s, keyed by the records' keys.
     */
    record Table(String name, Topic<?> topic, Codec<Object> keyCodec, Watermark watermark) implements Operator {}

    /**
     * Each element (input 1) with the newest version of its key in a table (input 0, {@link TableRow}s) that is not newer than
     * the element. The table is first because a version of the same millisecond counts.
     *
     * @param keepsUnmatched whether elements without a version are results
     * @param joiner is given the element and the version's value, null if there is none
     * @param correctableFor how long, in event time, elements and versions are kept for late ones
     */
    record Enrich(
            String name,
            boolean keepsUnmatched,
            Joining joiner,
            Duration correctableFor,
            List<Kept> kept,
            List<String> formerNames)
            implements Operator {
        public Enrich {
            kept = List.copyOf(kept);
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
