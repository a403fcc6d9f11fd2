package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Header;
import io.tidemill.api.Pane;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns entries into records of the results topic, or into dead letters where user code fails. Used by one thread at a
 * time.
 */
final class ResultWriter implements RowOutput {
    private final CompiledPipeline pipeline;
    /** What a record takes beside its key and value: the window, the revision, lengths. */
    static final int RECORD_OVERHEAD_BYTES = 256;

    /** What many results of one key and window may take; they are told in one commit. */
    private static final long ROWS_BYTES_MAX = 128 << 20;

    private final int recordBytesMax;
    private final int deadBytesMax;
    private final int deadPartitions;
    private final DeadLetters deadLetters;
    private final ByteSink keySink = new ByteSink();
    private final ByteSink valueSink = new ByteSink();
    final Output results;
    final Output dead;

    /** Null where a key and window have one result. */
    final @Nullable RowWriter rows;

    /** Null where elements are never taken back. */
    private final @Nullable RowsAggregate changeable;

    long written;
    long failed;

    private Window headersWindow = Entry.NO_WINDOW;
    private int headersRevision = -1;
    private Pane headersPane = Pane.FINAL;
    private List<Header> headers = List.of();

    ResultWriter(CompiledPipeline pipeline, TopicDescription results, TopicDescription dead, DeadLetters deadLetters) {
        this.pipeline = pipeline;
        this.recordBytesMax = results.config().recordBytesMax();
        this.deadBytesMax = dead.config().recordBytesMax() - TopicConfig.ENVELOPE_BYTES_MAX / 2;
        this.deadPartitions = dead.config().partitions();
        this.deadLetters = deadLetters;
        this.results = new Output(results.name(), results.config().partitions());
        this.dead = new Output(dead.name(), dead.config().partitions());
        Object aggregate = pipeline.aggregate;
        this.rows = aggregate instanceof MultiResult<?> many ? new RowWriter(erased(many), this) : null;
        this.changeable = aggregate instanceof RowsAggregate of ? of : null;
    }

    @SuppressWarnings("unchecked") // it is only given the accumulators that it makes itself
    private static MultiResult<Object> erased(MultiResult<?> many) {
        return (MultiResult<Object>) many;
    }

    /** Whether {@link Entry#former} must be known of what it writes. */
    boolean needsFormer() {
        return rows != null || changeable != null;
    }

    /** @param time the timestamp of a running result; a window's result has the last millisecond of its window */
    void write(Entry entry, int revision, Pane pane, long time) {
        if (rows != null) {
            rows.write(entry, revision, pane);
        } else if (changeable == null || !isEmpty(changeable, entry.accumulator)) {
            writeOne(entry, revision, pane, time);
        } else if (!isEmpty(changeable, entry.former) || pipeline.early != null) {
            takeBack(entry, revision, pane);
        }
    }

    private static boolean isEmpty(RowsAggregate changeable, @Nullable Object accumulator) {
        return accumulator == null || changeable.isEmpty((RowSet) accumulator);
    }

    private void writeOne(Entry entry, int revision, Pane pane, long time) {
        boolean windowed = entry.isWindowed();
        long timestamp = windowed ? entry.window.endMillis() - 1 : time;
        ResultKey.write(entry.key, windowed ? entry.window : null, keySink);
        int partition = Murmur2.partition(entry.hash, results.partitions());
        valueSink.reset();
        try {
            encode(entry, revision, pane);
            requireFits();
        } catch (RecordFailure e) {
            bury(entry, partition, timestamp, e.reason(), e);
            return;
        } catch (Throwable e) {
            UserError.rethrowIfFatal(e);
            bury(entry, partition, timestamp, RecordFailure.RESULT_FAILED, e);
            return;
        }
        add(partition, timestamp, windowed ? headers(entry.window, revision, pane) : List.of());
    }

    private void requireFits() throws RecordFailure {
        if (keySink.size() + valueSink.size() + RECORD_OVERHEAD_BYTES > recordBytesMax) {
            throw new RecordFailure(
                    FailureClass.CODE,
                    RecordFailure.RESULT_TOO_LARGE,
                    "a result of " + (keySink.size() + valueSink.size()) + " bytes is larger than topic '"
                            + pipeline.to.topic() + "' takes (" + recordBytesMax + ")");
        }
    }

    private void add(int partition, long timestamp, List<Header> itsHeaders) {
        results.add(
                partition,
                timestamp,
                ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                ByteBuffer.wrap(valueSink.array(), 0, valueSink.size()),
                itsHeaders);
        written++;
    }

    @Override
    public void replace(RowId row, Object former, Object value, int revision, Pane pane) {
        // In the topic the new value stands in place of the former one.
        emit(row, value, revision, pane);
    }

    @Override
    public void fail(RowId row, byte @Nullable [] payload, int revision, Pane pane, Throwable error) {
        ResultKey.write(row.key(), row.id(), row.window(), keySink);
        boolean fits = payload != null && payload.length + keySink.size() < deadBytesMax;
        bury(
                Murmur2.partition(row.hash(), results.partitions()),
                row.timeMillis(),
                ResultKey.headers(row.id(), row.window(), revision, pane),
                fits ? payload : null,
                error instanceof RecordFailure failure ? failure.reason() : RecordFailure.RESULT_FAILED,
                error);
    }

    @Override
    public void emit(RowId row, Object value, int revision, Pane pane) {
        ResultKey.write(row.key(), row.id(), row.window(), keySink);
        int partition = Murmur2.partition(row.hash(), results.partitions());
        List<Header> itsHeaders = ResultKey.headers(row.id(), row.window(), revision, pane);
        valueSink.reset();
        try {
            pipeline.to.codec().encode(value, valueSink);
            requireFits();
        } catch (RecordFailure e) {
            bury(partition, row.timeMillis(), itsHeaders, null, e.reason(), e);
            return;
        } catch (Throwable e) {
            UserError.rethrowIfFatal(e);
            bury(partition, row.timeMillis(), itsHeaders, null, RecordFailure.RESULT_FAILED, e);
            return;
        }
        add(partition, row.timeMillis(), itsHeaders);
        if (results.bytes() > ROWS_BYTES_MAX) {
            throw new LogException(
                    LogException.Code.COMMIT_TOO_LARGE,
                    "the results of one step have more than " + ROWS_BYTES_MAX + " bytes, those of '" + operatorName()
                            + "' in " + row.window()
                            + " among them: make the results smaller, or take smaller windows");
        }
    }

    private String operatorName() {
        return pipeline.aggregated == null ? pipeline.to.name() : pipeline.aggregated.name();
    }

    @Override
    public void retract(RowId row, Object former, int revision, Pane pane) {
        ResultKey.write(row.key(), row.id(), row.window(), keySink);
        results.add(
                Murmur2.partition(row.hash(), results.partitions()),
                row.timeMillis(),
                ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                null,
                ResultKey.headers(row.id(), row.window(), revision, pane));
        written++;
    }

    /** Takes a window's result back, so that readers who keep the newest one forget it. */
    void retract(Entry entry, int revision, Pane pane) {
        if (rows != null) {
            rows.retract(entry, revision, pane);
            return;
        }
        if (changeable != null && entry.isFinal && isEmpty(changeable, entry.former)) {
            return;
        }
        takeBack(entry, revision, pane);
    }

    private void takeBack(Entry entry, int revision, Pane pane) {
        ResultKey.write(entry.key, entry.window, keySink);
        results.add(
                Murmur2.partition(entry.hash, results.partitions()),
                entry.window.endMillis() - 1,
                ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                null,
                headers(entry.window, revision, pane));
        written++;
    }

    private void encode(Entry entry, int revision, Pane pane) throws Exception {
        Object key = entry.decodedKey;
        if (key == null) {
            key = pipeline.requireKeyBy().codec().decode(entry.key, 0, entry.key.length);
            // Kept only where it is needed again: a running result comes with every element.
            entry.decodedKey = entry.isWindowed() ? null : key;
        }
        Aggregate<Object, Object, Object> aggregate = pipeline.requireAggregate();
        Object value = aggregate.result(entry.accumulator);
        Result<Object, Object> result =
                new Result<>(key, entry.isWindowed() ? entry.window : null, value, revision, pane);
        Object mapped = pipeline.mapResult == null ? result : pipeline.mapResult.apply(result);
        pipeline.to.codec().encode(mapped, valueSink);
    }

    private List<Header> headers(Window window, int revision, Pane pane) {
        if (!window.equals(headersWindow) || revision != headersRevision || pane != headersPane) {
            headersWindow = window;
            headersRevision = revision;
            headersPane = pane;
            headers = ResultKey.headers(window, revision, pane);
        }
        return headers;
    }

    private void bury(Entry entry, int partition, long timestamp, String reason, Throwable error) {
        ByteSink state = new ByteSink();
        pipeline.requireAggregate().write(entry.accumulator, state);
        boolean fits = state.size() + keySink.size() < deadBytesMax;
        List<Header> original = new ArrayList<>();
        if (entry.isWindowed()) {
            original.addAll(ResultKey.headers(entry.window, entry.revision, Pane.FINAL));
        }
        bury(partition, timestamp, original, fits ? state.toByteArray() : null, reason, error);
    }

    private void bury(
            int partition,
            long timestamp,
            List<Header> original,
            byte @Nullable [] payload,
            String reason,
            Throwable error) {
        failed++;
        DeadLetter letter = deadLetters.of(
                keySink.toByteArray(),
                payload,
                original,
                new DeadLetter.Origin(results.topic(), partition, -1, timestamp),
                operatorName(),
                FailureClass.CODE,
                reason,
                error);
        dead.add(
                partition % deadPartitions,
                timestamp,
                SourcePartition.wrap(letter.key()),
                SourcePartition.wrap(letter.payload()),
                letter.toHeaders());
    }
}
