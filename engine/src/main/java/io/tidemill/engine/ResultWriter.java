package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Header;
import io.tidemill.api.Mapper;
import io.tidemill.api.Pane;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import io.tidemill.engine.RecordProcessor.Failure;
import io.tidemill.log.Commit;
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
    /** What a record takes beside its key and value: the window, the revision, lengths. */
    static final int RECORD_OVERHEAD_BYTES = 256;

    private static final byte[] ONE_ROW = {};

    private final StagePlan stage;

    /** Null where results go through operators first. */
    private final @Nullable DirectResult direct;

    private final RecordProcessor processor;
    private final int[] recordBytesMax;
    private final int deadBytesMax;
    private final DeadLetters deadLetters;
    private final ByteSink keySink = new ByteSink();
    private final ByteSink valueSink = new ByteSink();

    /** By the number of the sink. */
    final Output[] sinks;

    final Output dead;

    /** Elements that have come to each sink, since they were taken last. */
    private final long[] sinkArrivals;

    /** Results that have left the operator, since they were taken last. */
    private long left;

    /** Records of results, also those that take one back. */
    long written;

    long failed;

    private Window headersWindow = Entry.NO_WINDOW;
    private int headersRevision = -1;
    private Pane headersPane = Pane.FINAL;
    private List<Header> headers = List.of();

    /**
     * Results that go to a topic as they are, or by one mapper.
     *
     * @param places of those operators
     */
    private record DirectResult(
            @Nullable Mapper<Result<Object, Object>, Object> mapper, Codec<Object> codec, int sink, int[] places) {
        static @Nullable DirectResult of(StagePlan stage) {
            if (stage.next.length != 1) {
                return null;
            }
            ChainStep step = stage.next[0];
            int first = step.place;
            Mapper<Result<Object, Object>, Object> mapper = null;
            if (step.operator instanceof Operator.MapResult map && step.next.length == 1) {
                mapper = map.mapper();
                step = step.next[0];
            }
            return step.operator instanceof Operator.To to
                    ? new DirectResult(
                            mapper,
                            to.codec(),
                            step.target,
                            mapper == null ? new int[] {first} : new int[] {first, step.place})
                    : null;
        }
    }

    ResultWriter(CompiledPipeline pipeline, StagePlan stage, PipelineTopics topics, DeadLetters deadLetters) {
        this.stage = stage;
        this.direct = DirectResult.of(stage);
        this.processor = new RecordProcessor(pipeline);
        this.deadLetters = deadLetters;
        this.sinks = new Output[pipeline.sinks.size()];
        this.recordBytesMax = new int[sinks.length];
        this.sinkArrivals = new long[sinks.length];
        for (int i = 0; i < sinks.length; i++) {
            TopicDescription topic = topics.results().get(i);
            sinks[i] = new Output(topic.name(), topic.config().partitions());
            recordBytesMax[i] = topic.config().recordBytesMax();
        }
        TopicConfig config = topics.dead().config();
        this.deadBytesMax = config.recordBytesMax() - TopicConfig.ENVELOPE_BYTES_MAX / 2;
        this.dead = new Output(topics.dead().name(), config.partitions());
    }

    /** What it holds for topics. */
    long bytes() {
        long bytes = dead.bytes();
        for (Output sink : sinks) {
            bytes += sink.bytes();
        }
        return bytes;
    }

    /** Moves what it holds for topics; returns how many results that were. */
    long moveTo(Commit.Builder commit) {
        for (Output sink : sinks) {
            sink.moveTo(commit);
        }
        dead.moveTo(commit);
        long count = written;
        written = 0;
        return count;
    }

    long takeFailed() {
        long count = failed;
        failed = 0;
        return count;
    }

    /** Moves the counts of what has left the operator, and of those behind it. */
    void moveCountsTo(OperatorTotals totals, CompiledPipeline pipeline) {
        totals.takeFrom(processor.counts);
        totals.add(stage.place, 0, left);
        if (direct != null) {
            for (int place : direct.places) {
                totals.add(place, left, left);
            }
        }
        left = 0;
        for (int i = 0; i < sinkArrivals.length; i++) {
            totals.add(pipeline.sinkPlaces[i], sinkArrivals[i], sinkArrivals[i]);
            sinkArrivals[i] = 0;
        }
    }

    /** @param time the timestamp of a running result; a window's result has the last millisecond of its window */
    void write(Entry entry, int revision, Pane pane, long time) {
        long timestamp = entry.isWindowed() ? entry.window.endMillis() - 1 : time;
        if (direct == null) {
            writeThrough(entry, revision, pane, timestamp);
        } else {
            writeDirect(direct, entry, revision, pane, timestamp);
        }
    }

    private void writeDirect(DirectResult to, Entry entry, int revision, Pane pane, long timestamp) {
        boolean windowed = entry.isWindowed();
        ResultKey.write(entry.key, windowed ? entry.window : null, keySink);
        valueSink.reset();
        try {
            Result<Object, Object> result = result(entry, revision, pane);
            to.codec.encode(to.mapper == null ? result : to.mapper.apply(result), valueSink);
            requireFits(to.sink);
        } catch (RecordFailure e) {
            bury(entry, timestamp, e.reason(), e);
            return;
        } catch (Throwable e) {
            UserError.rethrowIfFatal(e);
            bury(entry, timestamp, RecordFailure.RESULT_FAILED, e);
            return;
        }
        left++;
        add(to.sink, entry.hash, timestamp, windowed ? headers(entry.window, revision, pane) : List.of());
    }

    private void requireFits(int sink) throws RecordFailure {
        if (keySink.size() + valueSink.size() + RECORD_OVERHEAD_BYTES > recordBytesMax[sink]) {
            throw new RecordFailure(
                    FailureClass.CODE,
                    RecordFailure.RESULT_TOO_LARGE,
                    "a result of " + (keySink.size() + valueSink.size()) + " bytes is larger than topic '"
                            + sinks[sink].topic() + "' takes (" + recordBytesMax[sink] + ")");
        }
    }

    private void add(int sink, int hash, long timestamp, List<Header> itsHeaders) {
        sinks[sink].add(
                Murmur2.partition(hash, sinks[sink].partitions()),
                timestamp,
                ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                ByteBuffer.wrap(valueSink.array(), 0, valueSink.size()),
                itsHeaders);
        written++;
    }

    /** Takes a window's result back, so that readers who keep the newest one forget it. */
    void retract(Entry entry, int revision, Pane pane) {
        ResultKey.write(entry.key, entry.window, keySink);
        for (ChainStep step : stage.next) {
            retract(step, entry, revision, pane);
        }
    }

    private void retract(ChainStep step, Entry entry, int revision, Pane pane) {
        if (step.kind != ChainStep.SINK) {
            for (ChainStep next : step.next) {
                retract(next, entry, revision, pane);
            }
            return;
        }
        Output sink = sinks[step.target];
        sink.add(
                Murmur2.partition(entry.hash, sink.partitions()),
                entry.window.endMillis() - 1,
                ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                null,
                headers(entry.window, revision, pane));
        written++;
    }

    private Result<Object, Object> result(Entry entry, int revision, Pane pane) throws Exception {
        Object key = entry.decodedKey;
        if (key == null) {
            key = stage.keyBy.codec().decode(entry.key, 0, entry.key.length);
            // Kept only where it is needed again: a running result comes with every element.
            entry.decodedKey = entry.isWindowed() ? null : key;
        }
        Object value = stage.aggregate.result(entry.accumulator);
        return new Result<>(key, entry.isWindowed() ? entry.window : null, value, revision, pane);
    }

    // ---- through operators ----

    private void writeThrough(Entry entry, int revision, Pane pane, long timestamp) {
        Window window = entry.isWindowed() ? entry.window : null;
        ResultKey.write(entry.key, window, keySink);
        Failure failure;
        try {
            failure = processor.process(stage, result(entry, revision, pane), timestamp);
        } catch (Throwable e) {
            UserError.rethrowIfFatal(e);
            bury(entry, timestamp, RecordFailure.RESULT_FAILED, e);
            return;
        }
        if (failure != null) {
            bury(entry, timestamp, failure.reason(), failure.error());
            return;
        }
        try {
            send(entry.key, entry.hash, ONE_ROW, window, revision, pane);
        } catch (RecordFailure e) {
            processor.undo();
            bury(entry, timestamp, e.reason(), e);
        }
    }

    /** What the result has become goes where it ends, all of it or nothing. */
    private void send(byte[] key, int hash, byte[] row, @Nullable Window window, int revision, Pane pane)
            throws RecordFailure {
        Elements elements = processor.elements;
        for (int i = 0; i < elements.count; i++) {
            prepare(elements, i, key, row, window);
            requireFits(elements.ends[i].target);
        }
        for (int i = 0; i < elements.count; i++) {
            int sink = elements.ends[i].target;
            prepare(elements, i, key, row, window);
            byte[] id = rowOf(elements, i, row);
            List<Header> itsHeaders = id.length > 0
                    ? ResultKey.headers(id, window, revision, pane)
                    : window == null ? List.of() : headers(window, revision, pane);
            int itsHash = elements.keyLengths[i] >= 0 ? elements.hashes[i] : hash;
            add(sink, itsHash, elements.times[i], itsHeaders);
            sinkArrivals[sink]++;
        }
        left++;
    }

    /** The record's key is the result's identity, or the key that the element was given behind it. */
    private void prepare(Elements elements, int i, byte[] key, byte[] row, @Nullable Window window) {
        if (elements.keyLengths[i] >= 0) {
            keySink.reset();
            keySink.write(elements.keys.array(), elements.keyStarts[i], elements.keyLengths[i]);
        } else {
            ResultKey.write(key, rowOf(elements, i, row), window, keySink);
        }
        valueSink.reset();
        valueSink.write(elements.encoded.array(), elements.encodedStarts[i], elements.encodedLengths[i]);
    }

    /** Where a result becomes several elements for one sink, each has its number. */
    private static byte[] rowOf(Elements elements, int i, byte[] row) {
        int number = 0;
        for (int j = 0; j < i; j++) {
            number += elements.ends[j] == elements.ends[i] ? 1 : 0;
        }
        return number == 0
                ? row
                : ByteBuffer.allocate(row.length + Integer.BYTES)
                        .put(row)
                        .putInt(number)
                        .array();
    }

    // ---- rows ----

    @Override
    public void emit(RowId row, Object value, int revision, Pane pane) {
        ResultKey.write(row.key(), row.id(), row.window(), keySink);
        Failure failure = processor.process(stage, value, row.timeMillis());
        List<Header> itsHeaders = ResultKey.headers(row.id(), row.window(), revision, pane);
        if (failure != null) {
            bury(row.hash(), row.timeMillis(), itsHeaders, null, failure.reason(), failure.error());
            return;
        }
        try {
            send(row.key(), row.hash(), row.id(), row.window(), revision, pane);
        } catch (RecordFailure e) {
            processor.undo();
            bury(row.hash(), row.timeMillis(), itsHeaders, null, e.reason(), e);
        }
    }

    @Override
    public void retract(RowId row, Object former, int revision, Pane pane) {
        if (processor.process(stage, former, row.timeMillis()) != null) {
            // It was not emitted: it had failed in the same way.
            return;
        }
        Elements elements = processor.elements;
        for (int i = 0; i < elements.count; i++) {
            Output sink = sinks[elements.ends[i].target];
            prepare(elements, i, row.key(), row.id(), row.window());
            int hash = elements.keyLengths[i] >= 0 ? elements.hashes[i] : row.hash();
            sink.add(
                    Murmur2.partition(hash, sink.partitions()),
                    row.timeMillis(),
                    ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                    null,
                    ResultKey.headers(rowOf(elements, i, row.id()), row.window(), revision, pane));
            written++;
        }
        // What is taken back has left before.
        processor.undo();
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

    private void bury(Entry entry, long timestamp, String reason, Throwable error) {
        ResultKey.write(entry.key, entry.isWindowed() ? entry.window : null, keySink);
        ByteSink state = new ByteSink();
        stage.aggregate.write(entry.accumulator, state);
        boolean fits = state.size() + keySink.size() < deadBytesMax;
        List<Header> original = new ArrayList<>();
        if (entry.isWindowed()) {
            original.addAll(ResultKey.headers(entry.window, entry.revision, Pane.FINAL));
        }
        bury(entry.hash, timestamp, original, fits ? state.toByteArray() : null, reason, error);
    }

    /** Under the key at hand. */
    private void bury(
            int hash,
            long timestamp,
            List<Header> original,
            byte @Nullable [] payload,
            String reason,
            Throwable error) {
        failed++;
        byte[] key = keySink.toByteArray();
        Output first = sinks[direct == null ? 0 : direct.sink];
        int partition = Murmur2.partition(hash, first.partitions());
        DeadLetter letter = deadLetters.of(
                key,
                payload,
                original,
                new DeadLetter.Origin(first.topic(), partition, -1, timestamp),
                stage.statefulName(),
                FailureClass.CODE,
                reason,
                error);
        dead.add(
                partition % dead.partitions(),
                timestamp,
                SourcePartition.wrap(letter.key()),
                SourcePartition.wrap(letter.payload()),
                letter.toHeaders());
    }
}
