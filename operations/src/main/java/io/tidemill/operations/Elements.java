package io.tidemill.operations;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.Mapper;
import io.tidemill.api.plan.Operator;
import io.tidemill.log.batch.RecordCursor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes records through a pipeline's stateless operators, one element after the other. Not thread-safe. */
final class Elements {
    private static final int COUNT_MAX = 100_000;
    private static final int KEY_BYTES_MAX = 64 << 10;
    private static final Instant EARLIEST = Instant.parse("-9999-01-01T00:00:00Z");
    private static final Instant TOO_LATE = Instant.parse("+10000-01-01T00:00:00Z");

    /** No event time. */
    static final long NO_TIME = Long.MIN_VALUE;

    /** @param key encoded; null where the pipeline has no key */
    record Element(Object value, long timeMillis, byte @Nullable [] key) {
        byte[] requireKey() {
            if (key == null) {
                throw new IllegalStateException("an element without a key");
            }
            return key;
        }
    }

    /**
     * @param newestMillis the newest event time that was seen, also in what was filtered; where a generator says how far a
     *     partition has come, the furthest it has said; {@link #NO_TIME} if none was
     */
    record Made(List<Element> elements, long newestMillis) {}

    /** The record is one that a pipeline must not take. */
    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        RefusedException(String message) {
            super(message);
        }
    }

    private final Parts parts;
    private final Codec<?> codec;
    private final @Nullable GeneratedTime generated;
    private final ByteSink keySink = new ByteSink();
    private List<Element> made = new ArrayList<>();
    private long newestMillis = NO_TIME;

    Elements(Parts parts) {
        this.parts = parts;
        this.codec = parts.from().topic().codec();
        this.generated = GeneratedTime.of(parts);
    }

    /** What the record becomes; throws what makes it a dead letter. If it is none, {@link #keep} is to be called. */
    Made of(int partition, RecordCursor record) throws Exception {
        made = new ArrayList<>();
        newestMillis = NO_TIME;
        if (generated != null) {
            generated.begin(partition);
        }
        if (record.valueLength() < 0) {
            throw new RefusedException("a tombstone");
        }
        Object value = codec.decode(record.array(), record.valueStart(), record.valueLength());
        push(0, required(value), NO_TIME, record);
        return new Made(made, newestMillis);
    }

    /** The record is no dead letter: it has moved the time of its partition. */
    void keep() {
        if (generated != null) {
            generated.keep();
        }
    }

    private void push(int next, Object value, long timeMillis, RecordCursor record) throws Exception {
        if (next == parts.chain().size()) {
            made.add(new Element(value, timeMillis, keyOf(value)));
            return;
        }
        Operator operator = parts.chain().get(next);
        if (operator instanceof Operator.Filter filter) {
            if (filter.condition().test(value)) {
                push(next + 1, value, timeMillis, record);
            }
        } else if (operator instanceof Operator.Map map) {
            push(next + 1, required(map.mapper().apply(value)), timeMillis, record);
        } else if (operator instanceof Operator.FlatMap flatMap) {
            pushAll(next, required(flatMap.mapper().apply(value)), timeMillis, record);
        } else if (operator instanceof Operator.EventTime eventTime) {
            long time = timeOf(eventTime, value, record);
            newestMillis = Math.max(newestMillis, reached(eventTime, value, time, record));
            push(next + 1, value, time, record);
        } else {
            throw new IllegalStateException("no audit of " + operator);
        }
    }

    private long reached(Operator.EventTime operator, Object value, long time, RecordCursor record) throws Exception {
        return generated == null ? time : accepted(generated.take(value, time), operator, record);
    }

    private void pushAll(int next, Iterable<?> values, long timeMillis, RecordCursor record) throws Exception {
        int count = 0;
        for (Object each : values) {
            if (++count > COUNT_MAX || made.size() >= COUNT_MAX) {
                throw new RefusedException("more than " + COUNT_MAX + " elements");
            }
            push(next + 1, required(each), timeMillis, record);
        }
    }

    private static <T> T required(@Nullable T value) throws RefusedException {
        if (value == null) {
            throw new RefusedException("a null");
        }
        return value;
    }

    private static long timeOf(Operator.EventTime operator, Object value, RecordCursor record) throws Exception {
        Mapper<Object, Instant> extractor = operator.extractor();
        long time;
        if (extractor == null) {
            time = record.timestampMillis();
            if (time < 0) {
                throw new RefusedException("no timestamp");
            }
        } else {
            Instant instant = required(extractor.apply(value));
            if (instant.isBefore(EARLIEST) || !instant.isBefore(TOO_LATE)) {
                throw new RefusedException("an event time out of range");
            }
            time = instant.toEpochMilli();
        }
        return accepted(time, operator, record);
    }

    private static long accepted(long time, Operator.EventTime operator, RecordCursor record) throws RefusedException {
        long aheadMax = operator.watermark().aheadMax().toMillis();
        if (time > record.appendTimeMillis() && time - record.appendTimeMillis() > aheadMax) {
            throw new RefusedException("an event time too far ahead");
        }
        return time;
    }

    private byte @Nullable [] keyOf(Object value) throws Exception {
        Operator.KeyBy keyBy = parts.keyBy();
        if (keyBy == null) {
            return null;
        }
        keySink.reset();
        keyBy.codec().encode(required(keyBy.extractor().apply(value)), keySink);
        if (keySink.size() > KEY_BYTES_MAX) {
            throw new RefusedException("a key of " + keySink.size() + " bytes");
        }
        return keySink.toByteArray();
    }
}
