package io.tidemill.compat.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.compat.clients.streams.WordCount;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Kafka Streams word count with {@code exactly_once_v2}, killed in the middle of its work, counts every word once. */
class StreamsTest {
    private static final long SEED = Long.getLong("tidemill.seed", 20_261_122);
    private static final int KILL_COUNT = 3;
    private static final int LINES_A_ROUND = 1_500;
    private static final int WORDS_A_LINE = 4;
    private static final int PARTITION_COUNT = 3;
    private static final Duration ROUND_MAX = Duration.ofMinutes(4);
    private static final Duration POLL = Duration.ofMillis(100);

    @TempDir
    Path directory;

    @Test
    void killedAndResumed() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        Map<String, Long> expected = new TreeMap<>();
        int killedInTheMiddle = 0;
        try (ServedTidemill tidemill = ServedTidemill.start(directory);
                Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", tidemill.bootstrap()));
                Results results = new Results(tidemill.bootstrap())) {
            get(admin.createTopics(List.of(topic("lines"), topic("counts"))).all());
            results.assign();
            for (int i = 0; i < KILL_COUNT; i++) {
                writeLines(tidemill.bootstrap(), random, expected);
                int seen = results.count;
                try (Child app = application(tidemill.bootstrap())) {
                    // Some results of this round are there, and by far not all: in between it dies.
                    int enough = seen + random.nextInt(1, LINES_A_ROUND * WORDS_A_LINE / 2);
                    app.await("results in round " + i, ROUND_MAX, () -> results.poll() >= enough);
                    app.kill();
                }
                results.poll();
                killedInTheMiddle += results.count < results.total(expected) ? 1 : 0;
            }
            writeLines(tidemill.bootstrap(), random, expected);
            try (Child app = application(tidemill.bootstrap())) {
                app.await("all counts", ROUND_MAX, () -> results.poll() >= results.total(expected));
                app.await("purged", ROUND_MAX, () -> isPurged(admin));
                app.terminate();
                app.awaitEnd(Duration.ofMinutes(2));
            }
            results.poll();
            assertThat(killedInTheMiddle).as("seed " + SEED).isPositive();
            assertThat(results.last).as("seed " + SEED).isEqualTo(expected);
            // Each count was written once, in order: there were no two that gave the same.
            assertThat(results.mistakes).as("seed " + SEED).isEmpty();
            assertThat(results.count).isEqualTo((KILL_COUNT + 1) * LINES_A_ROUND * WORDS_A_LINE);
            assertInternalTopics(admin);
        }
    }

    private Child application(String bootstrap) {
        return Child.start(
                directory,
                "streams",
                Jvm.command(
                        Jvm.classPath(),
                        256,
                        WordCount.class,
                        bootstrap,
                        "words",
                        "lines",
                        "counts",
                        directory.resolve("streams").toString()));
    }

    private static NewTopic topic(String name) {
        return new NewTopic(name, Optional.of(PARTITION_COUNT), Optional.empty());
    }

    private static <T> T get(KafkaFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    private static void writeLines(String bootstrap, SplittableRandom random, Map<String, Long> expected) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < LINES_A_ROUND; i++) {
                List<String> words = new ArrayList<>();
                for (int w = 0; w < WORDS_A_LINE; w++) {
                    String word = "word" + random.nextInt(50);
                    words.add(word);
                    expected.merge(word, 1L, Long::sum);
                }
                var unused = producer.send(new ProducerRecord<>("lines", "line" + i, String.join(" ", words)));
            }
        }
    }

    /** The topic between keeps what is still to be done, and no more. */
    private static boolean isPurged(Admin admin) {
        try {
            Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
            for (int i = 0; i < PARTITION_COUNT; i++) {
                earliest.put(new TopicPartition("words-words-repartition", i), OffsetSpec.earliest());
            }
            return get(admin.listOffsets(earliest).all()).values().stream().allMatch(each -> each.offset() > 0);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertInternalTopics(Admin admin) throws Exception {
        assertThat(get(admin.listTopics().names())).contains("words-words-repartition", "words-counts-changelog");
        ConfigResource changelog = new ConfigResource(ConfigResource.Type.TOPIC, "words-counts-changelog");
        assertThat(Objects.requireNonNull(
                                get(admin.describeConfigs(List.of(changelog)).all())
                                        .get(changelog))
                        .get("cleanup.policy")
                        .value())
                .isEqualTo("compact");
    }

    /** What a reader of committed records sees of the counts. */
    private static final class Results implements AutoCloseable {
        private final KafkaConsumer<String, Long> consumer;
        private final Map<String, Long> last = new TreeMap<>();
        private final List<String> mistakes = new ArrayList<>();
        private int count;

        Results(String bootstrap) {
            consumer = new KafkaConsumer<>(
                    Map.of(
                            "bootstrap.servers",
                            bootstrap,
                            "isolation.level",
                            "read_committed",
                            "auto.offset.reset",
                            "earliest",
                            "enable.auto.commit",
                            false),
                    new StringDeserializer(),
                    new LongDeserializer());
        }

        void assign() {
            Collection<TopicPartition> partitions = new ArrayList<>();
            for (int i = 0; i < PARTITION_COUNT; i++) {
                partitions.add(new TopicPartition("counts", i));
            }
            consumer.assign(partitions);
        }

        /** How many there are so far. */
        int poll() {
            for (ConsumerRecord<String, Long> each : consumer.poll(POLL)) {
                count++;
                Long before = last.put(each.key(), each.value());
                if (each.value() != (before == null ? 0 : before) + 1) {
                    mistakes.add(each.key() + ": " + before + " and then " + each.value());
                }
            }
            return count;
        }

        int total(Map<String, Long> expected) {
            return expected.values().stream().mapToInt(Math::toIntExact).sum();
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}
