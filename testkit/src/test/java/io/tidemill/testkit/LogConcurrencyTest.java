package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.Commit;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.Log;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/**
 * Crashes while more than one commit is not synced yet. All commits have the same length, so that what is left of a lost one
 * lies exactly where a later one ends. With threads, a seed replays what is committed and lost, but not who comes first.
 */
final class LogConcurrencyTest {
    private static final int THREADS = 4;
    private static final int COMMITS = Integer.getInteger("tidemill.simulation.commits", 250) / 5;
    private static final TopicPartition ALL = new TopicPartition("all", 0);

    /** A copy of the disk in the middle of an operation, and how many commits of each thread were acknowledged before. */
    private record Interrupted(SimulatedDisk disk, int[] acknowledged) {}

    @Test
    void commitsThatShareASyncAreThereOrNot() throws Exception {
        Seeds.run(seed -> {
            SimulatedDisk disk = new SimulatedDisk(seed);
            AtomicIntegerArray acknowledged = new AtomicIntegerArray(THREADS);
            List<Interrupted> interrupted = new ArrayList<>();
            try (EmbeddedLog log = open(disk, Durability.DISK)) {
                createTopics(log);
                disk.watch(operation -> interrupted.add(
                        new Interrupted(operation.interrupt(seed + operation.number()), copy(acknowledged))));
                commitFromThreads(log, acknowledged);
                disk.watch(null);
            }
            SplittableRandom random = Seeds.random(seed, "crash");
            for (Interrupted at : interrupted) {
                at.disk.crash();
                int[] found = recover(at.disk, Durability.DISK, random.nextInt(3));
                for (int thread = 0; thread < THREADS; thread++) {
                    assertThat(found[thread]).isBetween(at.acknowledged[thread], at.acknowledged[thread] + 1);
                }
            }
        });
    }

    private static int[] copy(AtomicIntegerArray counts) {
        int[] copy = new int[counts.length()];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = counts.get(i);
        }
        return copy;
    }

    private static void commitFromThreads(EmbeddedLog log, AtomicIntegerArray acknowledged) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                tasks.add(() -> {
                    for (int number = 0; number < COMMITS; number++) {
                        commit(log, thread, number);
                        acknowledged.incrementAndGet(thread);
                    }
                    return null;
                });
            }
            for (Future<Void> done : executor.invokeAll(tasks)) {
                done.get();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void lostCommitsDoNotComeBack() throws Exception {
        Seeds.run(seed -> {
            SimulatedDisk disk = new SimulatedDisk(seed);
            try (EmbeddedLog log = open(disk, Durability.OS)) {
                createTopics(log);
            }
            EmbeddedLog log = open(disk, Durability.OS);
            for (int number = 0; number < 20; number++) {
                commit(log, 0, number);
            }
            for (int i = 0; i < 1000; i++) {
                SimulatedDisk copy = disk.copy(seed + i);
                copy.crash();
                recover(copy, Durability.OS, 1 + i % 3);
            }
            log.close();
        });
    }

    private static EmbeddedLog open(SimulatedDisk disk, Durability durability) {
        return EmbeddedLog.open(
                disk,
                LogOptions.defaults()
                        .durability(durability)
                        .segmentBytes(64 << 10)
                        .preallocateBytes(0) // zeros would hide what was left behind
                        .clock(new VirtualClock()));
    }

    private static void createTopics(EmbeddedLog log) {
        log.createTopic("each", TopicConfig.of(THREADS));
        log.createTopic("all", TopicConfig.of(1));
    }

    /** Into the thread's own partition and into the common one. */
    private static void commit(Log log, int thread, int number) {
        BatchBuilder own = new BatchBuilder();
        BatchBuilder common = new BatchBuilder();
        own.add(1, null, value(thread, number), List.of());
        common.add(1, null, value(thread, number), List.of());
        log.commit(Commit.builder()
                .append(new TopicPartition("each", thread), own.build())
                .append(ALL, common.build())
                .build());
    }

    private static byte[] value(int thread, int number) {
        return ByteBuffer.allocate(700).putInt(thread).putInt(number).array();
    }

    /** Opens the log after a crash, commits some more, and opens it after another crash; returns what it held first. */
    private static int[] recover(SimulatedDisk disk, Durability durability, int commits) {
        EmbeddedLog log = open(disk, durability);
        int[] found = check(log);
        for (int i = 0; i < commits; i++) {
            commit(log, 1, found[1] + i);
        }
        disk.processCrash(); // closing would write a frame more
        log = open(disk, durability);
        int[] expected = found.clone();
        expected[1] += commits;
        assertThat(check(log)).isEqualTo(expected);
        log.close();
        return found;
    }

    /** How many commits of each thread are there; those of each are in their order, and in both partitions or in none. */
    private static int[] check(Log log) {
        int[] counts = new int[THREADS];
        for (ByteBuffer value : values(log, ALL)) {
            int thread = value.getInt(0);
            assertThat(value.getInt(4)).isEqualTo(counts[thread]++);
        }
        for (int thread = 0; thread < THREADS; thread++) {
            List<ByteBuffer> own = values(log, new TopicPartition("each", thread));
            for (int number = 0; number < own.size(); number++) {
                assertThat(own.get(number)).isEqualTo(ByteBuffer.wrap(value(thread, number)));
            }
            assertThat(own).hasSize(counts[thread]);
        }
        return counts;
    }

    private static List<ByteBuffer> values(Log log, TopicPartition partition) {
        List<ByteBuffer> values = new ArrayList<>();
        RecordCursor cursor = new RecordCursor();
        for (long at = 0; at < log.offsets(partition).end(); at = cursor.nextOffset()) {
            log.fetch(partition, at, 1 << 20, cursor);
            while (cursor.next()) {
                byte[] value = cursor.value();
                values.add(ByteBuffer.wrap(value == null ? new byte[0] : value));
            }
        }
        return values;
    }
}
