package io.tidemill.engine;

import io.tidemill.api.Condition;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Mapper;
import io.tidemill.api.plan.Operator;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a record through the stateless part of a pipeline: decode, the chain, the key. A record that fails anywhere leaves
 * nothing behind but its failure: no element, no count, no watermark. Not thread-safe.
 */
final class RecordProcessor {
    /** Ten thousand years around the epoch: sums of such times and durations never overflow. */
    static final long TIME_MIN = -377_705_116_800_000L;

    static final long TIME_MAX = 253_402_300_799_999L;
    static final int KEY_BYTES_MAX = 64 << 10;

    /** What all elements of one record may take, encoded; nothing that is left of them is larger. */
    private static final int ENCODED_BYTES_MAX = 96 << 20;

    private final CompiledPipeline pipeline;
    private final List<Operator> chain;
    private final int[] kinds;
    private final Operator[] operators;

    /** Elements into each operator of the chain, then out of each. */
    final long[] counts;

    private final long[] mark;
    private final int outs;
    final Elements elements = new Elements();

    /** The newest event time in the record; {@link Long#MIN_VALUE} if it has none. */
    long newestTime;

    private long recordTimestamp;
    private long appendTime;
    private String at;

    /** What went wrong, and where. */
    record Failure(String operator, FailureClass failureClass, String reason, Throwable error) {}

    private static final int FILTER = 0;
    private static final int MAP = 1;
    private static final int FLAT_MAP = 2;
    private static final int EVENT_TIME = 3;

    RecordProcessor(CompiledPipeline pipeline) {
        this.pipeline = pipeline;
        this.chain = pipeline.chain;
        this.operators = chain.toArray(Operator[]::new);
        this.kinds = new int[operators.length];
        for (int i = 0; i < kinds.length; i++) {
            kinds[i] = operators[i] instanceof Operator.Filter
                    ? FILTER
                    : operators[i] instanceof Operator.Map
                            ? MAP
                            : operators[i] instanceof Operator.FlatMap ? FLAT_MAP : EVENT_TIME;
        }
        this.outs = kinds.length;
        this.counts = new long[outs * 2];
        this.mark = new long[outs * 2];
        this.at = pipeline.from.name();
    }

    /** Fills {@link #elements}; null if all went well. {@code length} is -1 where the record has no value. */
    @Nullable
    Failure process(byte[] bytes, int start, int length, long timestamp, long appendedAt) {
        System.arraycopy(counts, 0, mark, 0, mark.length);
        elements.clear();
        newestTime = Long.MIN_VALUE;
        recordTimestamp = timestamp;
        appendTime = appendedAt;
        at = pipeline.from.name();
        try {
            push(0, decode(bytes, start, length), timestamp);
            return null;
        } catch (RecordFailure e) {
            return undo(e.failureClass(), e.reason(), e);
        } catch (Throwable e) {
            UserError.rethrowIfFatal(e);
            return undo(FailureClass.CODE, RecordFailure.EXCEPTION, e);
        }
    }

    /** Takes back the counts of the record at hand, which failed after {@link #process}. */
    Failure undo(FailureClass failureClass, String reason, Throwable error) {
        System.arraycopy(mark, 0, counts, 0, mark.length);
        elements.clear();
        return new Failure(at, failureClass, reason, error);
    }

    private Object decode(byte[] bytes, int start, int length) throws RecordFailure {
        if (length < 0) {
            throw new RecordFailure(
                    FailureClass.DATA, RecordFailure.NO_VALUE, "the record has no value (it is a tombstone)");
        }
        Object value;
        try {
            value = pipeline.sourceCodec.decode(bytes, start, length);
        } catch (Throwable e) {
            UserError.rethrowIfFatal(e);
            throw undecodable(e);
        }
        if (value == null) {
            throw new RecordFailure(
                    FailureClass.DATA, RecordFailure.UNDECODABLE, "the codec made nothing of the record");
        }
        return value;
    }

    private static RecordFailure undecodable(Throwable cause) {
        String message = UserError.message(cause);
        RecordFailure failure = new RecordFailure(
                FailureClass.DATA,
                RecordFailure.UNDECODABLE,
                cause.getClass().getSimpleName() + ": " + message.substring(0, Math.min(1_000, message.length())));
        failure.initCause(cause);
        return failure;
    }

    private void push(int from, Object element, long elementTime) throws Exception {
        Object value = element;
        long time = elementTime;
        for (int i = from; i < kinds.length; i++) {
            counts[i]++;
            at = operators[i].name();
            switch (kinds[i]) {
                case FILTER -> {
                    Condition<Object> condition = ((Operator.Filter) operators[i]).condition();
                    if (!condition.test(value)) {
                        return;
                    }
                }
                case MAP ->
                    value = required(((Operator.Map) operators[i]).mapper().apply(value));
                case EVENT_TIME -> time = eventTime((Operator.EventTime) operators[i], value);
                default -> {
                    flatMap(i, value, time);
                    return;
                }
            }
            counts[outs + i]++;
        }
        emit(value, time);
    }

    private void flatMap(int index, Object value, long time) throws Exception {
        Mapper<Object, Iterable<?>> mapper = ((Operator.FlatMap) operators[index]).mapper();
        int count = 0;
        for (Object element : required(mapper.apply(value))) {
            if (++count > Elements.COUNT_MAX || elements.count >= Elements.COUNT_MAX) {
                throw new RecordFailure(
                        FailureClass.CODE,
                        RecordFailure.TOO_MANY_ELEMENTS,
                        "one record became more than " + Elements.COUNT_MAX + " elements");
            }
            counts[outs + index]++;
            push(index + 1, required(element), time);
            // The next part is made by this operator, and it may fail.
            at = operators[index].name();
        }
    }

    private static <T> T required(@Nullable T value) throws RecordFailure {
        if (value == null) {
            throw new RecordFailure(FailureClass.CODE, RecordFailure.NULL_RESULT, "the function returned null");
        }
        return value;
    }

    private long eventTime(Operator.EventTime operator, Object value) throws Exception {
        long time;
        Mapper<Object, Instant> extractor = operator.extractor();
        if (extractor == null) {
            time = recordTimestamp;
            if (time < 0) {
                throw new RecordFailure(FailureClass.DATA, RecordFailure.NO_EVENT_TIME, "the record has no timestamp");
            }
        } else {
            Instant instant = extractor.apply(value);
            if (instant == null) {
                throw new RecordFailure(FailureClass.DATA, RecordFailure.NO_EVENT_TIME, "the event time is null");
            }
            long seconds = instant.getEpochSecond();
            time = seconds < TIME_MIN / 1000 || seconds > TIME_MAX / 1000 ? Long.MAX_VALUE : instant.toEpochMilli();
            if (time == Long.MAX_VALUE) {
                throw new RecordFailure(
                        FailureClass.DATA,
                        RecordFailure.TIMESTAMP_OUT_OF_RANGE,
                        "the event time " + instant + " is outside of the years -9999 to 9999");
            }
        }
        long aheadMax = operator.watermark().aheadMax().toMillis();
        if (time > appendTime && time - appendTime > aheadMax) {
            throw new RecordFailure(
                    FailureClass.DATA,
                    RecordFailure.TIMESTAMP_AHEAD,
                    "the event time " + Instant.ofEpochMilli(time) + " is " + (time - appendTime)
                            + " ms ahead of the record's append at " + Instant.ofEpochMilli(appendTime)
                            + "; at most " + aheadMax + " ms are allowed");
        }
        newestTime = Math.max(newestTime, time);
        return time;
    }

    private void emit(Object value, long time) throws Exception {
        int element = elements.add(value, time);
        if (pipeline.keyBy != null) {
            key(pipeline.keyBy, element, value);
        }
        if (pipeline.aggregate == null) {
            at = pipeline.to.name();
            elements.encodedStarts[element] = elements.encoded.size();
            pipeline.to.codec().encode(value, elements.encoded);
            elements.encodedStarts[element + 1] = elements.encoded.size();
            if (elements.encoded.size() > ENCODED_BYTES_MAX) {
                throw new RecordFailure(
                        FailureClass.CODE,
                        RecordFailure.RESULT_TOO_LARGE,
                        "one record became more than " + ENCODED_BYTES_MAX + " bytes");
            }
        }
    }

    private void key(Operator.KeyBy keyBy, int element, Object value) throws Exception {
        at = keyBy.name();
        Object key = keyBy.extractor().apply(value);
        if (key == null) {
            throw new RecordFailure(FailureClass.DATA, RecordFailure.NO_KEY, "the key is null");
        }
        int start = elements.keys.size();
        keyBy.codec().encode(key, elements.keys);
        int length = elements.keys.size() - start;
        if (length > KEY_BYTES_MAX) {
            throw new RecordFailure(
                    FailureClass.DATA,
                    RecordFailure.KEY_TOO_LARGE,
                    "the key has " + length + " bytes; at most " + KEY_BYTES_MAX + " are allowed");
        }
        elements.keyStarts[element] = start;
        elements.keyLengths[element] = length;
        elements.hashes[element] = Murmur2.hash(elements.keys.array(), start, length);
    }
}
