package io.tidemill.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.batch.RecordCursor;
import io.tidemill.log.disk.LocalDisk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Producers, readers and changes of topics at the same time. What must hold for a reader of committed records: when it has
 * read one partition up to some transaction, and reads another or the offsets of a group <em>afterwards</em>, it finds that
 * transaction there too; it never sees an aborted one; and whoever waits to be told by a {@link VisibleListener} misses
 * nothing.
 */
class TransactionConcurrencyTest {
    private static final int PRODUCERS = 4;
    private static final int TRANSACTIONS = 120;
    private static final TopicPartition LEFT = new TopicPartition("a", 0);
    private static final TopicPartition RIGHT = new TopicPartition("a", 1);
    private static final TopicPartition GOES = new TopicPartition("comes-and-goes", 0);

    @TempDir
    Path directory;

    private final AtomicInteger running = new AtomicInteger(PRODUCERS);

    @Test
    void noReaderSeesATornTransaction() throws Exception {
        try (EmbeddedLog log =
                EmbeddedLog.open(new LocalDisk(directory), LogOptions.defaults().segmentBytes(64 << 10))) {
            log.createTopic("a", TopicConfig.of(2));
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < PRODUCERS; i++) {
                int number = i;
                tasks.add(() -> {
                    try {
                        produce(log, number);
                    } finally {
                        running.decrementAndGet();
                    }
                    return null;
                });
            }
            tasks.add(() -> sync(log));
            tasks.add(() -> changeTopics(log));
            tasks.add(() -> readInTurns(log));
            tasks.add(() -> readWhenTold(log));
            runAll(tasks);
            Reader reader = new Reader(log);
            reader.read(LEFT);
            reader.read(RIGHT);
            for (int i = 0; i < PRODUCERS; i++) {
                assertThat(reader.newest(LEFT, i)).isEqualTo(TRANSACTIONS - 1);
                assertThat(reader.newest(RIGHT, i)).isEqualTo(TRANSACTIONS - 1);
            }
            assertThat(reader.count).isEqualTo(2L * PRODUCERS * committed());
        }
    }

    private static int committed() {
        int count = 0;
        for (int i = 0; i < TRANSACTIONS; i++) {
            count += isCommitted(i) ? 1 : 0;
        }
        return count;
    }

    private static boolean isCommitted(int transaction) {
        return transaction % 3 != 1 || transaction == TRANSACTIONS - 1;
    }

    private static void runAll(List<Callable<Void>> tasks) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(tasks.size());
        try {
            for (Future<Void> done : executor.invokeAll(tasks, 300, TimeUnit.SECONDS)) {
                done.get();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    private static void produce(EmbeddedLog log, int number) {
        String id = "producer " + number;
        Transactions transactions = log.transactions();
        TestProducer producer = TestProducer.transactional(log, id);
        for (int i = 0; i < TRANSACTIONS; i++) {
            String[] values = {number + ":" + i + (isCommitted(i) ? "" : " aborted")};
            transactions.addPartitions(id, producer.identity, Set.of(LEFT, RIGHT));
            if (i % 4 == 0) {
                addPartitionThatMayBeGone(log, id, producer);
            }
            for (int retry = 0; retry < 1 + i % 2; retry++) {
                // Nobody waits for the first try, as if its answer were lost.
                List<AppendResult> results = log.append(List.of(
                                new Commit.Append(LEFT, TestProducer.batch(producer.identity, i, true, 5, values)),
                                new Commit.Append(RIGHT, TestProducer.batch(producer.identity, i, true, 5, values))))
                        .results();
                assertThat(results)
                        .hasOnlyElementsOfType(retry == 0 ? AppendResult.Appended.class : AppendResult.Duplicate.class);
            }
            transactions.addGroup(id, producer.identity, "g" + number);
            transactions.addOffsets(
                    id, producer.identity, "g" + number, Map.of(LEFT, new CommittedOffset(i, -1, "", 1)));
            long end = transactions.end(id, producer.identity, isCommitted(i));
            if (number % 2 == 0) {
                log.awaitDurable(end);
            } else {
                while (log.durableSequence() < end) {
                    LockSupport.parkNanos(50_000); // the thread that syncs will come by
                }
            }
        }
    }

    private static void addPartitionThatMayBeGone(EmbeddedLog log, String id, TestProducer producer) {
        try {
            log.transactions().addPartitions(id, producer.identity, Set.of(GOES));
        } catch (LogException e) {
            assertThat(e.code()).isEqualTo(LogException.Code.UNKNOWN_TOPIC);
        }
    }

    private Void sync(EmbeddedLog log) {
        while (running.get() > 0) {
            log.awaitDurable(log.writtenSequence());
            LockSupport.parkNanos(100_000);
        }
        return null;
    }

    private Void changeTopics(EmbeddedLog log) {
        while (running.get() > 0) {
            log.createTopic(GOES.topic(), TopicConfig.of(1));
            log.deleteTopic(GOES.topic());
        }
        return null;
    }

    private Void readInTurns(EmbeddedLog log) {
        Reader reader = new Reader(log);
        while (running.get() > 0) {
            reader.read(LEFT);
            reader.read(RIGHT);
            reader.assertNotBehind(RIGHT, LEFT);
            reader.read(RIGHT);
            reader.read(LEFT);
            reader.assertNotBehind(LEFT, RIGHT);
            for (int i = 0; i < PRODUCERS; i++) {
                int newest = reader.newest(LEFT, i);
                if (newest >= 0) {
                    assertThat(log.committed("g" + i, LEFT).orElse(-1)).isGreaterThanOrEqualTo(newest);
                }
            }
        }
        return null;
    }

    private static Void readWhenTold(EmbeddedLog log) throws InterruptedException {
        Semaphore told = new Semaphore(0);
        log.onVisible((partitions, topicsChanged) -> {
            if (partitions.contains(RIGHT)) {
                told.release();
            }
        });
        Reader reader = new Reader(log);
        reader.read(RIGHT);
        while (reader.done < PRODUCERS) {
            assertThat(told.tryAcquire(Duration.ofSeconds(30).toMillis(), TimeUnit.MILLISECONDS))
                    .isTrue();
            told.drainPermits();
            reader.read(RIGHT);
        }
        return null;
    }

    /** Goes on where it was, and checks what it reads. */
    private static final class Reader {
        private final EmbeddedLog log;
        private final RecordCursor cursor = new RecordCursor();
        private final Map<TopicPartition, Long> positions = new HashMap<>();
        private final Map<TopicPartition, int[]> newest = new HashMap<>();
        private long count;
        private int done;

        Reader(EmbeddedLog log) {
            this.log = log;
        }

        int newest(TopicPartition partition, int producer) {
            return newest.getOrDefault(partition, new int[PRODUCERS])[producer] - 1;
        }

        void read(TopicPartition partition) {
            long at = positions.getOrDefault(partition, 0L);
            long end = log.offsets(partition).end();
            while (at < end) {
                log.fetch(partition, at, 5_000, cursor);
                while (cursor.next()) {
                    take(
                            partition,
                            text(cursor.keyStart(), cursor.keyLength()),
                            text(cursor.valueStart(), cursor.valueLength()));
                }
                assertThat(cursor.nextOffset()).isGreaterThan(at);
                at = cursor.nextOffset();
            }
            positions.put(partition, at);
        }

        private String text(int start, int length) {
            return new String(cursor.array(), start, length, StandardCharsets.UTF_8);
        }

        private void take(TopicPartition partition, String key, String value) {
            assertThat(value).doesNotContain("aborted");
            int producer = Integer.parseInt(key);
            int number = Integer.parseInt(value);
            int[] each = newest.computeIfAbsent(partition, p -> new int[PRODUCERS]);
            int expected = each[producer];
            while (!isCommitted(expected)) {
                expected++;
            }
            assertThat(number).isEqualTo(expected);
            each[producer] = number + 1;
            count++;
            done += number == TRANSACTIONS - 1 ? 1 : 0;
        }

        void assertNotBehind(TopicPartition later, TopicPartition earlier) {
            for (int i = 0; i < PRODUCERS; i++) {
                assertThat(newest(later, i)).isGreaterThanOrEqualTo(newest(earlier, i));
            }
        }
    }
}
