package io.tidemill.operations;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.Mapper;
import io.tidemill.api.Watermark;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.TableRow;
import io.tidemill.log.batch.RecordCursor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes records of a source through a pipeline's stateless operators, one element after the other, to the operators that keep
 * state and to the ends. Not thread-safe.
 */
final class Elements {
    private static final int COUNT_MAX = 100_000;
    private static final int KEY_BYTES_MAX = 64 << 10;
    private static final Instant EARLIEST = Instant.parse("-9999-01-01T00:00:00Z");
    private static final Instant TOO_LATE = Instant.parse("+10000-01-01T00:00:00Z");

    /** No event time. */
    static final long NO_TIME = Long.MIN_VALUE;

    /**
     * @param key encoded; null where it has none
     * @param place of the operator to which it has come
     */
    record Element(Object value, long timeMillis, byte @Nullable [] key, int place) {
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

    private final List<Operator> operators;
    private final int source;

    /** By place of an operator: which take elements from it, once for each time. */
    private final int[][] consumers;

    private final Parts parts;
    private final Operator.@Nullable EventTime eventTime;
    private final @Nullable GeneratedTime generated;
    private final ByteSink sink = new ByteSink();
    private List<Element> made = new ArrayList<>();
    private long newestMillis = NO_TIME;

    Elements(Parts parts) {
        this(parts, parts.sourceTopic());
    }

    /** @param topic of the source whose records come */
    Elements(Parts parts, String topic) {
        this.parts = parts;
        this.operators = parts.pipeline().operators();
        this.source = Ways.sourceOf(parts.pipeline(), topic);
        this.consumers = Ways.consumers(parts.pipeline());
        this.eventTime = Ways.eventTimeOf(parts.pipeline(), source);
        this.generated = GeneratedTime.of(eventTime);
    }

    /** How far the watermark of a partition of the source is behind its newest event time. */
    long boundMillis() {
        return Ways.boundMillis(operators.get(source), eventTime);
    }

    /** What the record becomes; throws what makes it a dead letter. If it is none, {@link #keep} is to be called. */
    Made of(int partition, RecordCursor record) throws Exception {
        made = new ArrayList<>();
        newestMillis = NO_TIME;
        if (generated != null) {
            generated.begin(partition);
        }
        if (operators.get(source) instanceof Operator.Table table) {
            pushVersion(table, record);
            return new Made(made, newestMillis);
        }
        if (record.valueLength() < 0) {
            throw new RefusedException("a tombstone");
        }
        Codec<?> codec = ((Operator.From) operators.get(source)).topic().codec();
        Object value = codec.decode(record.array(), record.valueStart(), record.valueLength());
        pushOn(source, required(value), NO_TIME, null, record);
        return new Made(made, newestMillis);
    }

    private void pushVersion(Operator.Table table, RecordCursor record) throws Exception {
        byte[] key = record.key();
        Codec<?> codec = table.topic().codec();
        Object value = record.valueLength() < 0
                ? null
                : required(codec.decode(record.array(), record.valueStart(), record.valueLength()));
        if (key == null || key.length > KEY_BYTES_MAX || record.timestampMillis() < 0) {
            throw new RefusedException("no key or no time");
        }
        newestMillis = accepted(record.timestampMillis(), table.watermark(), record);
        pushOn(source, new TableRow(value), newestMillis, key, record);
    }

    /** The record is no dead letter: it has moved the time of its partition. */
    void keep() {
        if (generated != null) {
            generated.keep();
        }
    }

    /** To all that take elements from the operator at {@code place}. */
    private void pushOn(int place, Object value, long timeMillis, byte @Nullable [] key, RecordCursor record)
            throws Exception {
        for (int next : consumers[place]) {
            push(next, place, value, timeMillis, key, record);
        }
    }

    private void push(int place, int from, Object value, long timeMillis, byte @Nullable [] key, RecordCursor record)
            throws Exception {
        Operator operator = operators.get(place);
        if (operator.keepsState() || operator instanceof Operator.To) {
            end(from, new Element(value, timeMillis, key, place));
        } else if (operator instanceof Operator.Filter filter) {
            if (filter.condition().test(value)) {
                pushOn(place, value, timeMillis, key, record);
            }
        } else if (operator instanceof Operator.Map map) {
            pushOn(place, required(map.mapper().apply(value)), timeMillis, key, record);
        } else if (operator instanceof Operator.FlatMap flatMap) {
            pushAll(place, required(flatMap.mapper().apply(value)), timeMillis, key, record);
        } else if (operator instanceof Operator.EventTime time) {
            long at = timeOf(time, value, record);
            newestMillis = Math.max(newestMillis, reached(time, value, at, record));
            pushOn(place, value, at, key, record);
        } else if (operator instanceof Operator.KeyBy keyBy) {
            pushOn(place, value, timeMillis, keyOf(keyBy, value), record);
        } else {
            pushOn(place, value, timeMillis, key, record);
        }
    }

    private void end(int from, Element element) throws Exception {
        if (parts.isGraph()) {
            parts.rehearse(element.place(), from, element.value());
        }
        if (parts.isWanted(element.place())) {
            made.add(element);
        }
    }

    private long reached(Operator.EventTime operator, Object value, long time, RecordCursor record) throws Exception {
        return generated == null ? time : accepted(generated.take(value, time), operator.watermark(), record);
    }

    private void pushAll(int place, Iterable<?> values, long timeMillis, byte @Nullable [] key, RecordCursor record)
            throws Exception {
        int count = 0;
        for (Object each : values) {
            if (++count > COUNT_MAX || made.size() >= COUNT_MAX) {
                throw new RefusedException("more than " + COUNT_MAX + " elements");
            }
            pushOn(place, required(each), timeMillis, key, record);
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
        return accepted(time, operator.watermark(), record);
    }

    private static long accepted(long time, Watermark watermark, RecordCursor record) throws RefusedException {
        long aheadMax = watermark.aheadMax().toMillis();
        if (time > record.appendTimeMillis() && time - record.appendTimeMillis() > aheadMax) {
            throw new RefusedException("an event time too far ahead");
        }
        return time;
    }

    private byte[] keyOf(Operator.KeyBy keyBy, Object value) throws Exception {
        sink.reset();
        keyBy.codec().encode(required(keyBy.extractor().apply(value)), sink);
        if (sink.size() > KEY_BYTES_MAX) {
            throw new RefusedException("a key of " + sink.size() + " bytes");
        }
        return sink.toByteArray();
    }
}
