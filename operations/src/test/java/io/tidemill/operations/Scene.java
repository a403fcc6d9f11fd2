package io.tidemill.operations;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.WindowedStream;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.json.Json;
import io.tidemill.log.Commit;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A log with a topic of visits, and pipelines over it. All append times are the same. */
final class Scene implements AutoCloseable {
    static final String SOURCE = "visits";
    static final String RESULTS = "visits-per-minute";
    static final long NOW_SECOND = 1_000_000;
    static final Pairs.Limits ROOM = new Pairs.Limits(1_000_000, 100 << 20);

    final EmbeddedLog log;
    EngineOptions options = EngineOptions.defaults();

    Scene(Path directory, int partitions) {
        log = EmbeddedLog.open(
                directory,
                LogOptions.defaults().durability(Durability.OS).clock(() -> Instant.ofEpochSecond(NOW_SECOND)));
        log.createTopic(SOURCE, TopicConfig.of(partitions));
    }

    static EventStream<Visit> visits(Duration bound) {
        return Pipeline.named("p")
                .from(Topic.of(SOURCE, Codec.text()))
                .map(Visit::parse)
                .eventTime(Visit::time, Watermark.outOfOrderBy(bound));
    }

    /** Windows of a minute, a watermark ten seconds behind. */
    static WindowedStream<String, Visit> perMinute() {
        return visits(Duration.ofSeconds(10)).keyBy(Visit::key).window(Tumbling.of(Duration.ofMinutes(1)));
    }

    static Pipeline sums() {
        return perMinute().aggregate(Aggregate.sum(Visit::number)).to(RESULTS, Json.results());
    }

    void append(int partition, String... values) {
        for (String value : values) {
            append(partition, null, value.getBytes(UTF_8));
        }
    }

    void append(TopicPartition to, String... values) {
        for (String value : values) {
            log.commit(Commit.of(to, 0, null, value.getBytes(UTF_8)));
        }
    }

    void append(int partition, byte @Nullable [] key, byte @Nullable [] value) {
        log.commit(Commit.of(new TopicPartition(SOURCE, partition), NOW_SECOND * 1000, key, value));
    }

    Ledger run(Pipeline pipeline) {
        return Engine.on(log, options).runUntilEnd(pipeline, (records, ledger) -> {});
    }

    /** Reads what is there, and closes only what the watermark has passed. */
    void step(Pipeline pipeline) {
        try (var stepper = Engine.on(log, options).open(pipeline)) {
            while (stepper.step().hasMore()) {
                // until there is no more
            }
        }
    }

    CorrectionSummary correct(Pipeline pipeline) {
        return Engine.on(log, options).correct(pipeline);
    }

    Audit audit(Pipeline pipeline, Pairs.Limits limits) {
        Audit audit = new Audit(log, pipeline, limits);
        return options.stateBackend() instanceof StateBackend.Stored stored
                ? audit.stateStores(stored.stores())
                : audit;
    }

    AuditReport audit(Pipeline pipeline) {
        return audit(pipeline, ROOM).run((done, total) -> {});
    }

    /** Copies of the records of a topic, of all partitions. */
    List<Found> records(String topic) {
        List<Found> found = new ArrayList<>();
        int partitions = log.topic(topic).orElseThrow().config().partitions();
        for (int i = 0; i < partitions; i++) {
            TopicPartition partition = new TopicPartition(topic, i);
            RecordCursor cursor = new RecordCursor();
            long at = log.offsets(partition).start();
            while (at < log.offsets(partition).end()) {
                log.fetch(partition, at, 1 << 20, cursor);
                while (cursor.next()) {
                    found.add(new Found(partition, cursor.key(), cursor.value(), cursor.headers()));
                }
                at = cursor.nextOffset();
            }
        }
        return found;
    }

    record Found(
            TopicPartition partition,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<io.tidemill.api.Header> headers) {
        String text() {
            return value == null ? "" : new String(value, UTF_8);
        }
    }

    @Override
    public void close() {
        log.close();
    }
}
