package io.tidemill.engine;

import io.tidemill.api.Codec;
import io.tidemill.api.Condition;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Mapper;
import io.tidemill.api.Result;
import io.tidemill.api.Watermark;
import io.tidemill.api.failure.ErrorText;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.TableRow;
import java.time.Instant;
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
    private final int operators;

    /** Elements into each operator, by its place, then out of each. */
    final long[] counts;

    private final long[] mark;
    final Elements elements = new Elements();

    /**
     * The newest event time in the record; {@link Long#MIN_VALUE} if it has none. Where a generator says how far the partition has
     * come: the furthest that it has said of this record, if that is further than before.
     */
    long newestTime;

    /** Of its elements, where a generator says how far the partition has come; {@link Long#MIN_VALUE} elsewhere. */
    long seenTime;

    private long recordTimestamp;
    private long appendTime;

    /** The place of the operator at work: a number, as a reference written for each operator costs a barrier. */
    private int at;

    /** The key at hand; its length is -1 where there is none. */
    private int keyStart;

    private int keyLength;
    private int keyHash;
    private byte[] recordKey = {};
    private int recordKeyStart;
    private int recordKeyLength = -1;

    /** Null where the newest event time says how far a partition has come, and where that is not asked. */
    private final @Nullable GeneratedProgress progress;

    /** What went wrong, and where. */
    record Failure(String operator, Throwable error) {}

    RecordProcessor(CompiledPipeline pipeline) {
        this(pipeline, null);
    }

    /** @param progress of the partition whose records it takes, if a generator says it */
    RecordProcessor(CompiledPipeline pipeline, @Nullable GeneratedProgress progress) {
        this.progress = progress;
        this.pipeline = pipeline;
        this.operators = pipeline.pipeline.operators().size();
        this.counts = new long[operators * 2];
        this.mark = new long[operators * 2];
    }

    /** Once in a step, before its first record. */
    void beginStep() {
        elements.renew();
    }

    /**
     * Takes a record of a source to its ends, and fills {@link #elements}; null if all went well. {@code length} is -1 where
     * the record has no value.
     */
    @Nullable
    Failure process(SourcePlan source, byte[] bytes, int start, int length, long timestamp, long appendedAt) {
        begin(timestamp, appendedAt);
        at = source.place;
        try {
            if (source.table == null) {
                pushAll(source.next, decode(source.codec, bytes, start, length), timestamp);
            } else {
                Object value = length < 0 ? null : decode(source.codec, bytes, start, length);
                setKey();
                newestTime = timeOf(timestamp, source.table.watermark());
                pushAll(source.next, new TableRow(value), newestTime);
            }
            return null;
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            return undo(e);
        }
    }

    /** Takes a stage's result to its ends, and fills {@link #elements}; null if all went well. */
    @Nullable
    Failure process(StagePlan stage, ChainStep[] next, Object result, long time) {
        begin(time, Long.MAX_VALUE);
        at = stage.place;
        try {
            pushAll(next, result, time);
            return null;
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            return undo(e);
        }
    }

    private void begin(long timestamp, long appendedAt) {
        System.arraycopy(counts, 0, mark, 0, mark.length);
        elements.clear();
        newestTime = Long.MIN_VALUE;
        seenTime = Long.MIN_VALUE;
        if (progress != null) {
            progress.begin();
        }
        recordTimestamp = timestamp;
        appendTime = appendedAt;
        keyLength = -1;
    }

    /** Takes back the counts of the record at hand, which failed after {@link #process}. */
    Failure undo(Throwable error) {
        undo();
        return new Failure(pipeline.pipeline.operators().get(at).name(), error);
    }

    /** Takes back the counts of what is at hand, and its elements. */
    void undo() {
        System.arraycopy(mark, 0, counts, 0, mark.length);
        elements.clear();
    }

    /** The key of the record at hand, for a source that is a table; to be told before it is processed. */
    void recordKey(byte[] bytes, int start, int length) {
        recordKey = bytes;
        recordKeyStart = start;
        recordKeyLength = length;
    }

    private void setKey() throws RecordFailure {
        if (recordKeyLength < 0) {
            throw new RecordFailure(FailureClass.DATA, RecordFailure.NO_KEY, "the record of a table has no key");
        }
        keyStart = elements.keys.size();
        elements.keys.write(recordKey, recordKeyStart, recordKeyLength);
        keyed(recordKeyLength);
    }

    private static Object decode(Codec<Object> codec, byte[] bytes, int start, int length) throws RecordFailure {
        if (length < 0) {
            throw new RecordFailure(
                    FailureClass.DATA, RecordFailure.NO_VALUE, "the record has no value (it is a tombstone)");
        }
        Object value;
        try {
            value = codec.decode(bytes, start, length);
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            throw undecodable(e);
        }
        if (value == null) {
            throw new RecordFailure(
                    FailureClass.DATA, RecordFailure.UNDECODABLE, "the codec made nothing of the record");
        }
        return value;
    }

    private static RecordFailure undecodable(Throwable cause) {
        String message = ErrorText.message(cause);
        RecordFailure failure = new RecordFailure(
                FailureClass.DATA,
                RecordFailure.UNDECODABLE,
                cause.getClass().getSimpleName() + ": " + message.substring(0, Math.min(1_000, message.length())));
        failure.initCause(cause);
        return failure;
    }

    private void pushAll(ChainStep[] steps, Object value, long time) throws Exception {
        for (ChainStep step : steps) {
            push(step, value, time);
        }
    }

    private void push(ChainStep first, Object element, long elementTime) throws Exception {
        Object value = element;
        long time = elementTime;
        ChainStep step = first;
        while (true) {
            if (step.isEnd()) {
                end(step, value, time);
                return;
            }
            counts[step.place]++;
            at = step.place;
            switch (step.kind) {
                case ChainStep.FILTER -> {
                    Condition<Object> condition = ((Operator.Filter) step.operator).condition();
                    if (!condition.test(value)) {
                        return;
                    }
                }
                case ChainStep.MAP -> value = map(step.operator, value);
                case ChainStep.EVENT_TIME -> time = eventTime((Operator.EventTime) step.operator, value);
                case ChainStep.FLAT_MAP -> {
                    flatMap(step, value, time);
                    return;
                }
                case ChainStep.KEY_BY -> key((Operator.KeyBy) step.operator, value);
                default -> {
                    // It passes.
                }
            }
            counts[operators + step.place]++;
            int last = step.next.length - 1;
            for (int i = 0; i < last; i++) {
                push(step.next[i], value, time);
            }
            step = step.next[last];
        }
    }

    @SuppressWarnings("unchecked") // the builder has checked that it takes results
    private static Object map(Operator operator, Object value) throws Exception {
        return required(
                operator instanceof Operator.Map map
                        ? map.mapper().apply(value)
                        : ((Operator.MapResult) operator).mapper().apply((Result<Object, Object>) value));
    }

    private void flatMap(ChainStep step, Object value, long time) throws Exception {
        Mapper<Object, Iterable<?>> mapper = ((Operator.FlatMap) step.operator).mapper();
        int count = 0;
        for (Object element : required(mapper.apply(value))) {
            if (++count > Elements.COUNT_MAX) {
                throw tooMany();
            }
            counts[operators + step.place]++;
            pushAll(step.next, required(element), time);
            // The next part is made by this operator, and it may fail.
            at = step.place;
        }
    }

    private static RecordFailure tooMany() {
        return new RecordFailure(
                FailureClass.CODE,
                RecordFailure.TOO_MANY_ELEMENTS,
                "one record became more than " + Elements.COUNT_MAX + " elements");
    }

    private static <T> T required(@Nullable T value) throws RecordFailure {
        if (value == null) {
            throw new RecordFailure(FailureClass.CODE, RecordFailure.NULL_RESULT, "the function returned null");
        }
        return value;
    }

    private long eventTime(Operator.EventTime operator, Object value) throws Exception {
        long time = timeOf(operator, value);
        if (progress == null) {
            newestTime = Math.max(newestTime, time);
        } else {
            seenTime = Math.max(seenTime, time);
            long reached = progress.take(value, time);
            if (reached != GeneratedProgress.NONE) {
                newestTime = accepted(reached, operator.watermark());
            }
        }
        return time;
    }

    private long timeOf(Operator.EventTime operator, Object value) throws Exception {
        Mapper<Object, Instant> extractor = operator.extractor();
        if (extractor == null) {
            return timeOf(recordTimestamp, operator.watermark());
        }
        Instant instant = extractor.apply(value);
        if (instant == null) {
            throw new RecordFailure(FailureClass.DATA, RecordFailure.NO_EVENT_TIME, "the event time is null");
        }
        long seconds = instant.getEpochSecond();
        if (seconds < TIME_MIN / 1000 || seconds > TIME_MAX / 1000) {
            throw new RecordFailure(
                    FailureClass.DATA,
                    RecordFailure.TIMESTAMP_OUT_OF_RANGE,
                    "the event time " + instant + " is outside of the years -9999 to 9999");
        }
        return accepted(instant.toEpochMilli(), operator.watermark());
    }

    /** The timestamp of a record as its event time. */
    private long timeOf(long timestamp, Watermark watermark) throws RecordFailure {
        if (timestamp < 0) {
            throw new RecordFailure(FailureClass.DATA, RecordFailure.NO_EVENT_TIME, "the record has no timestamp");
        }
        return accepted(timestamp, watermark);
    }

    private long accepted(long time, Watermark watermark) throws RecordFailure {
        long aheadMax = watermark.aheadMax().toMillis();
        if (time > appendTime && time - appendTime > aheadMax) {
            throw new RecordFailure(
                    FailureClass.DATA,
                    RecordFailure.TIMESTAMP_AHEAD,
                    "the event time " + Instant.ofEpochMilli(time) + " is " + (time - appendTime)
                            + " ms ahead of the record's append at " + Instant.ofEpochMilli(appendTime)
                            + "; at most " + aheadMax + " ms are allowed");
        }
        return time;
    }

    private void end(ChainStep step, Object value, long time) throws Exception {
        if (elements.count >= Elements.COUNT_MAX) {
            throw tooMany();
        }
        int element = elements.add(value, time, step);
        elements.keyStarts[element] = keyStart;
        elements.keyLengths[element] = step.isKeyed ? keyLength : -1;
        elements.hashes[element] = keyHash;
        if (step.kind == ChainStep.SINK) {
            at = step.place;
            int start = elements.encoded.size();
            ((Operator.To) step.operator).codec().encode(value, elements.encoded);
            elements.encodedStarts[element] = start;
            elements.encodedLengths[element] = elements.encoded.size() - start;
            if (elements.encoded.size() > ENCODED_BYTES_MAX) {
                throw new RecordFailure(
                        FailureClass.CODE,
                        RecordFailure.RESULT_TOO_LARGE,
                        "one record became more than " + ENCODED_BYTES_MAX + " bytes");
            }
        }
    }

    private void key(Operator.KeyBy keyBy, Object value) throws Exception {
        Object key = keyBy.extractor().apply(value);
        if (key == null) {
            throw new RecordFailure(FailureClass.DATA, RecordFailure.NO_KEY, "the key is null");
        }
        int start = elements.keys.size();
        keyBy.codec().encode(key, elements.keys);
        keyStart = start;
        keyed(elements.keys.size() - start);
    }

    private void keyed(int length) throws RecordFailure {
        if (length > KEY_BYTES_MAX) {
            throw new RecordFailure(
                    FailureClass.DATA,
                    RecordFailure.KEY_TOO_LARGE,
                    "the key has " + length + " bytes; at most " + KEY_BYTES_MAX + " are allowed");
        }
        keyLength = length;
        keyHash = Murmur2.hash(elements.keys.array(), keyStart, length);
    }
}
