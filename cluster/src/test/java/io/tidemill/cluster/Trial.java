package io.tidemill.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.ResultKey;
import io.tidemill.json.Json;
import io.tidemill.log.Commit;
import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Audit;
import io.tidemill.operations.AuditReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** One input, the pipelines over it, and their answers in a form that can be compared. */
final class Trial {
    static final String SOURCE = "trial-source";
    static final int PARTITIONS = 3;
    static final int PER_PARTITION = 4_000;
    private static final long BASE_MILLIS = 1_700_000_000_000L;

    private Trial() {}

    /** What the names of pipelines with sliding windows begin with. */
    static final String SLIDING = "sliding";

    /** Sums by key and second, or three: late records, dead letters, and some that are filtered. */
    static Pipeline pipeline(String name) {
        return Pipeline.named(name)
                .from(Topic.of(SOURCE, Codec.text()))
                .map(line -> line.split(",", -1))
                .filter(parts -> !parts[0].equals("unwanted"))
                .eventTime(
                        parts -> Instant.ofEpochMilli(Long.parseLong(parts[1])),
                        Watermark.outOfOrderBy(Duration.ofSeconds(1)).idleAfter(Duration.ofHours(1)))
                .keyBy(parts -> parts[0])
                .window(
                        name.startsWith(SLIDING)
                                ? Sliding.of(Duration.ofSeconds(3), Duration.ofSeconds(1))
                                : Tumbling.of(Duration.ofSeconds(1)))
                .correctableFor(Duration.ofDays(1))
                .aggregate(Aggregate.sum(parts -> Long.parseLong(parts[2])))
                .to(name + "-results", Json.results());
    }

    /** Small steps, so that there are many commits, and a changelog that is cut off often. */
    static EngineOptions options() {
        return EngineOptions.defaults().lanes(2).stepBytesMax(1024).stateLogBytesMin(16 << 10);
    }

    static String line(int partition, int number) {
        SplittableRandom random = new SplittableRandom(partition * 1_000_003L + number);
        long behind = random.nextInt(40) == 0 ? 5_000 + random.nextInt(20_000) : random.nextInt(900);
        String key = random.nextInt(50) == 0 ? "unwanted" : "key-" + random.nextInt(9);
        String amount = random.nextInt(300) == 0 ? "broken" : String.valueOf(random.nextInt(1_000));
        return key + "," + (BASE_MILLIS + number * 10L - behind) + "," + amount + "," + partition + "/" + number;
    }

    private static long timestamp(int number) {
        return BASE_MILLIS + number * 10L;
    }

    static void fill(Log log) {
        log.createTopic(SOURCE, TopicConfig.of(PARTITIONS).retention(null));
        for (int p = 0; p < PARTITIONS; p++) {
            BatchBuilder batch = new BatchBuilder();
            for (int i = 0; i < PER_PARTITION; i++) {
                batch.add(timestamp(i), null, line(p, i).getBytes(UTF_8), List.of());
            }
            log.commit(Commit.builder()
                    .append(new TopicPartition(SOURCE, p), batch.build())
                    .build());
        }
    }

    /** By an ordinary producer, once per cluster. */
    static synchronized void fill(KafkaLog log, String bootstrap) throws Exception {
        if (log.topic(SOURCE).isPresent()) {
            return;
        }
        log.createTopic(SOURCE, TopicConfig.of(PARTITIONS).retention(null));
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "compression.type", "zstd"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            List<Future<?>> sent = new ArrayList<>();
            for (int p = 0; p < PARTITIONS; p++) {
                for (int i = 0; i < PER_PARTITION; i++) {
                    sent.add(producer.send(new ProducerRecord<>(
                            SOURCE, p, timestamp(i), null, line(p, i).getBytes(UTF_8))));
                }
            }
            for (Future<?> each : sent) {
                each.get();
            }
        }
    }

    /**
     * What a pipeline has answered.
     *
     * @param results the newest of each key and window: revision and value
     * @param late what was late, and for what
     */
    record Answer(Map<String, String> results, Map<String, String> late) {}

    /** Reads to the end, closes all windows, corrects, audits, and gives the answer. */
    static Answer finish(Log log, String name) {
        Engine engine = Engine.on(log, options());
        engine.runUntilEnd(pipeline(name), (records, ledger) -> {});
        CorrectionSummary correction = engine.correct(pipeline(name));
        assertThat(correction.ledger().imbalances()).isEmpty();
        assertThat(correction.ledger().total().read()).isEqualTo((long) PARTITIONS * PER_PARTITION);
        assertThat(correction.ledger().total().late())
                .isPositive()
                .isEqualTo(correction.ledger().corrected() + correction.ledger().uncorrectable());
        AuditReport report = Audit.of(log, pipeline(name)).run((done, total) -> {});
        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.results()).isGreaterThan(200);
        assertThat(report.deadLettered()).isPositive();
        assertThat(report.filtered()).isPositive();
        return answer(log, name);
    }

    static Answer answer(Log log, String name) {
        Map<String, String> results = new TreeMap<>();
        forEach(log, name + "-results", record -> {
            ResultKey key = ResultKey.of(record.key(), record.headers());
            results.put(
                    HexFormat.of().formatHex(record.key()),
                    key.window() + " revision " + key.revision() + " "
                            + HexFormat.of().formatHex(record.value()));
        });
        Map<String, String> late = new TreeMap<>();
        forEach(log, name + ".late", record -> {
            LateRecord each = LateRecord.of(record.key(), record.value(), record.headers());
            String place = each.origin().partition() + "@" + each.origin().offset();
            String missed = each.missed() + " " + new String(record.value(), UTF_8);
            assertThat(late.put(place, missed)).as("twice: " + place).isNull();
        });
        return new Answer(results, late);
    }

    static void forEach(Log log, String topic, Consumer<RecordCursor> action) {
        RecordCursor records = new RecordCursor();
        for (int p = 0; p < log.topic(topic).orElseThrow().config().partitions(); p++) {
            TopicPartition partition = new TopicPartition(topic, p);
            OffsetRange held = log.offsets(partition);
            for (long at = held.start(); at < held.end(); at = records.nextOffset()) {
                log.fetch(partition, at, 1 << 20, records);
                while (records.next()) {
                    action.accept(records);
                }
            }
        }
    }
}
