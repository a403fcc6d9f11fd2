package io.tidemill.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.batch.Batch;
import io.tidemill.log.disk.LocalDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is recovered, from the last file's snapshot and the frames after it, is what the log knew: not less, not more. */
class ReplayedStateTest {
    private static final int STEPS = 1_500;

    @TempDir
    Path directory;

    private final long seed = Long.getLong("tidemill.seed", new SplittableRandom().nextLong());
    private final SplittableRandom random = new SplittableRandom(seed);
    private final Map<String, ProducerIdentity> identities = new HashMap<>();
    private final Map<List<Object>, Integer> sequences = new HashMap<>();
    private long now = 1_000_000;
    private EmbeddedLog log;

    @BeforeEach
    void open() {
        log = open(directory.resolve("live"));
    }

    @AfterEach
    void close() {
        log.close();
    }

    private EmbeddedLog open(Path from) {
        return EmbeddedLog.open(
                new LocalDisk(from),
                LogOptions.defaults()
                        .durability(Durability.OS)
                        .segmentBytes(64 << 10)
                        .preallocateBytes(0)
                        .clock(() -> Instant.ofEpochMilli(now)));
    }

    @Test
    void recoveredStateIsLiveState() throws IOException {
        log.createTopic("a", TopicConfig.of(2).retention(Duration.ofSeconds(20)));
        log.createTopic("keyed", TopicConfig.compacted(1));
        for (int i = 0; i < STEPS; i++) {
            String step = step();
            if (i % 60 == 0) {
                assertThat(recovered("copy" + i))
                        .as("seed " + seed + ", step " + i + ": " + step)
                        .isEqualTo(state(log.catalog, log.producers));
            }
        }
    }

    private Change.Snapshot recovered(String name) throws IOException {
        Path copy = directory.resolve(name);
        Path journal = directory.resolve("live/journal");
        Files.createDirectories(copy.resolve("journal"));
        try (Stream<Path> files = Files.list(journal)) {
            for (Path file : files.toList()) {
                Files.copy(
                        file, copy.resolve("journal").resolve(file.getFileName().toString()));
            }
        }
        Catalog catalog = new Catalog();
        Producers producers = new Producers();
        new Recovery(new LocalDisk(copy), catalog, producers).run().forEach(Segment::retire);
        return state(catalog, producers);
    }

    /** In an order of its own: what comes from hash maps has none. */
    private static Change.Snapshot state(Catalog catalog, Producers producers) {
        List<Change.ProducerSnapshot> sorted = new ArrayList<>();
        for (Change.ProducerSnapshot each : producers.snapshot()) {
            List<Change.SequenceSnapshot> partitions = new ArrayList<>(each.sequences());
            partitions.sort(
                    Comparator.comparingLong(partition -> partition.partition().key()));
            sorted.add(new Change.ProducerSnapshot(
                    each.producerId(), each.epoch(), each.updatedMillis(), each.transaction(), partitions));
        }
        sorted.sort(Comparator.comparingLong(Change.ProducerSnapshot::producerId));
        return catalog.snapshot(producers.idsUpTo(), sorted);
    }

    private String step() {
        now += random.nextInt(200);
        String id = "t" + random.nextInt(4);
        TopicPartition partition = partition();
        int kind = random.nextInt(100);
        try {
            return kind < 70 ? transactionalStep(kind, id, partition) : otherStep(kind, partition);
        } catch (LogException e) {
            return "refused: " + e.getMessage();
        }
    }

    private String transactionalStep(int kind, String id, TopicPartition partition) {
        ProducerIdentity identity = identities.get(id);
        if (identity == null || kind < 3) {
            Written<ProducerIdentity> written =
                    log.transactions().initProducer(id, Duration.ofSeconds(10), -1, (short) -1);
            log.awaitDurable(written.sequence());
            identities.put(id, written.value());
            return "init " + id;
        } else if (kind < 20) {
            log.awaitDurable(log.transactions().addPartitions(id, identity, Set.of(partition)));
            return "add " + partition;
        } else if (kind < 28) {
            String group = "g" + random.nextInt(2);
            log.awaitDurable(log.transactions().addGroup(id, identity, group));
            CommittedOffset offset = new CommittedOffset(random.nextInt(100), 1, "note", -1);
            log.awaitDurable(log.transactions().addOffsets(id, identity, group, Map.of(partition, offset)));
            return "offset " + group;
        } else if (kind < 60) {
            return append(identity, partition, true);
        }
        log.awaitDurable(log.transactions().end(id, identity, random.nextBoolean()));
        return "end " + id;
    }

    private String append(ProducerIdentity identity, TopicPartition partition, boolean transactional) {
        List<Object> key = List.of(identity, partition);
        int sequence = random.nextInt(10) == 0 ? 0 : sequences.getOrDefault(key, 0);
        int count = 1 + random.nextInt(3);
        String[] values = new String[count];
        for (int i = 0; i < count; i++) {
            values[i] = "k" + random.nextInt(20) + ":" + "v".repeat(random.nextInt(600));
        }
        Batch batch = TestProducer.batch(identity, sequence, transactional, now, values);
        AppendResult result = TestProducer.append(log, partition, batch);
        if (result instanceof AppendResult.Appended) {
            sequences.put(key, sequence + count);
        }
        return "append to " + partition + ": " + result;
    }

    private String otherStep(int kind, TopicPartition partition) {
        if (kind < 90) {
            return append(new ProducerIdentity((1L << 40) + random.nextInt(5), (short) 0), partition, false);
        } else if (kind < 92) {
            log.maintain();
            return "maintain";
        } else if (kind < 93) {
            now += random.nextInt(12_000);
            log.transactions().abortExpired();
            return "expire";
        } else if (kind < 94) {
            log.close();
            log = open(directory.resolve("live"));
            return "reopen";
        } else if (kind < 96) {
            long start = random.nextLong(1 + log.partitionStatus(partition).end());
            log.commit(Commit.builder().trim(partition, start).build());
            return "trim " + partition;
        } else if (kind < 98) {
            log.commit(Commit.builder()
                    .offset("g2", partition, 5)
                    .forgetGroup("g0")
                    .forgetOffset("g1", partition)
                    .build());
            return "groups";
        }
        return topics();
    }

    private String topics() {
        if (log.topic("comes-and-goes").isEmpty()) {
            log.createTopic("comes-and-goes", TopicConfig.of(1));
        } else if (random.nextBoolean()) {
            int partitions = log.topic("comes-and-goes").orElseThrow().config().partitions();
            log.createPartitions("comes-and-goes", partitions + 1);
        } else {
            log.deleteTopic("comes-and-goes");
        }
        return "topics";
    }

    private TopicPartition partition() {
        return switch (random.nextInt(4)) {
            case 0 -> new TopicPartition("keyed", 0);
            case 1 -> new TopicPartition("comes-and-goes", 0);
            default -> new TopicPartition("a", random.nextInt(2));
        };
    }
}
