package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Maintenance that comes by itself writes and frees in small pieces: a commit never waits for a whole file. */
final class QuietMaintenanceTest {
    private static final int SEGMENT_BYTES = 64 << 10;
    private static final int PIECE_BYTES = SEGMENT_BYTES / 8;
    private static final int RECORD_BYTES = 5000;
    private static final Pattern TRUNCATED = Pattern.compile("truncate of .* to (\\d+)");
    private static final Pattern REWRITTEN =
            Pattern.compile("write of (\\d+) bytes at \\d+ of .*\\.[1-9]\\d*\\.journal\\.new");

    private final SimulatedDisk disk = new SimulatedDisk(1);
    private final VirtualClock clock = new VirtualClock();
    private final VirtualScheduler scheduler = new VirtualScheduler(clock);
    private final List<String> operations = new ArrayList<>();
    private EmbeddedLog log;

    @BeforeEach
    void write() {
        log = EmbeddedLog.open(
                disk,
                LogOptions.defaults()
                        .segmentBytes(SEGMENT_BYTES)
                        .preallocateBytes(0)
                        .clock(clock)
                        .scheduler(scheduler));
        log.createTopic("topic", TopicConfig.of(2).retention(null));
        for (int i = 0; i < 40; i++) {
            log.commit(Commit.of(new TopicPartition("topic", i % 3 == 0 ? 1 : 0), 1, null, new byte[RECORD_BYTES]));
        }
        disk.watch(operation -> operations.add(operation.toString()));
    }

    @AfterEach
    void nothingStaysOpen() {
        log.close();
        assertThat(disk.openFiles()).isEmpty();
    }

    @Test
    void rewritesInPieces() {
        trim(0, 26); // two thirds of each file
        scheduler.runAll();
        long unforced = 0;
        long most = 0;
        for (String operation : operations) {
            Matcher written = REWRITTEN.matcher(operation);
            if (written.find()) {
                unforced += Long.parseLong(written.group(1));
                most = Math.max(most, unforced);
            } else if (operation.contains("force of") && operation.contains(".new")) {
                unforced = 0;
            }
        }
        assertThat(most).isBetween((long) PIECE_BYTES, (long) PIECE_BYTES + 2 * RECORD_BYTES);
    }

    @Test
    void freesInPieces() {
        trim(0, 26);
        trim(1, 13);
        scheduler.runAll();
        List<Long> sizes = truncations();
        long before = 0;
        for (long size : sizes) {
            if (before == 0) {
                assertThat(size).as("what the first piece leaves").isPositive();
            } else {
                assertThat(size).isEqualTo(Math.max(0, before - 4 * PIECE_BYTES));
            }
            before = size;
        }
        assertThat(sizes).contains(0L).endsWith(0L);
        assertThat(operations.stream()
                        .filter(operation -> operation.contains("Unlink[path=journal/000000000001.0.journal"))
                        .count())
                .isEqualTo(1);
        assertThat(operations.indexOf(first("truncate"))).isGreaterThan(operations.indexOf(first("syncDirectory")));
    }

    /** A file system may gather what is freed until something is forced. */
    @Test
    void forcesAndRestsAfterEachPieceThatItFrees() {
        trim(0, 26);
        trim(1, 13);
        List<String> lastBeforeRest = new ArrayList<>();
        scheduler.onRest(() -> lastBeforeRest.add(operations.get(operations.size() - 1)));
        scheduler.runAll();
        assertThat(truncations()).hasSize((int) lastBeforeRest.stream()
                .filter(last -> last.contains("force of"))
                .count());
        for (int i = 0; i < operations.size(); i++) {
            if (TRUNCATED.matcher(operations.get(i)).find()) {
                assertThat(operations.get(i + 1)).contains("force of");
            }
        }
    }

    @Test
    void whatIsRemovedInARestKeepsNothingElseFromBeingCompacted() {
        log.createTopic("one", TopicConfig.compacted(1));
        log.createTopic("two", TopicConfig.compacted(1));
        for (int i = 0; i < 40; i++) {
            commit("one", i % 2);
            commit("two", i % 2);
        }
        // Both have been chosen by now, and one of them has been read.
        List<Integer> rests = new ArrayList<>();
        scheduler.onRest(() -> {
            if (rests.isEmpty()) {
                trim("one", 0, 30);
                trim("two", 0, 30);
            }
            rests.add(rests.size());
        });
        scheduler.runAll();
        assertThat(rests).isNotEmpty();
        assertThat(operations)
                .anyMatch(operation -> REWRITTEN.matcher(operation).find());
    }

    @Test
    void aLogThatIsClosedMeanwhileDoesNotWaitForTheRest() throws Exception {
        trim(0, 26);
        endsRestsBy(log::close);
        assertThat(disk.list("journal")).noneMatch(name -> name.endsWith(".new"));
    }

    @Test
    void otherChoresGoOnMeanwhile() {
        trim(0, 26);
        List<Integer> marks = new ArrayList<>();
        scheduler.onRest(() -> {
            clock.advance(Duration.ofMillis(200));
            commit("topic", 0);
            marks.add(written("000000000004.0.journal"));
        });
        scheduler.runAll();
        assertThat(marks).hasSizeGreaterThan(2);
        // In each rest but the last, a commit of mine, and a mark behind the one before.
        assertThat(marks.get(2) - marks.get(1)).isEqualTo(2);
    }

    @Test
    void aMaintenanceThatIsAskedForHurriesTheOneUnderWay() throws Exception {
        trim(0, 26);
        endsRestsBy(log::maintain);
    }

    /** What another thread does in the first rest waits for maintenance, which rests no more. */
    private void endsRestsBy(Runnable action) throws InterruptedException {
        List<Thread> waiting = new ArrayList<>();
        scheduler.onRest(() -> {
            Thread thread = new Thread(action);
            thread.start();
            while (thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            waiting.add(thread);
        });
        scheduler.runAll();
        assertThat(waiting).as("rests").hasSize(1);
        waiting.get(0).join(60_000);
        assertThat(waiting.get(0).isAlive()).isFalse();
    }

    private int written(String file) {
        return (int) operations.stream()
                .filter(operation -> operation.contains("write of") && operation.contains(file))
                .count();
    }

    private void commit(String topic, int key) {
        log.commit(Commit.of(new TopicPartition(topic, 0), 1, new byte[] {(byte) key}, new byte[RECORD_BYTES]));
    }

    private void trim(String topic, int partition, long start) {
        log.commit(Commit.builder()
                .trim(new TopicPartition(topic, partition), start)
                .build());
    }

    @Test
    void asAskedForItMakesHaste() {
        trim(0, 26);
        trim(1, 13);
        log.maintain();
        assertThat(truncations()).isEmpty();
        assertThat(operations).anyMatch(operation -> operation.contains("Unlink"));
    }

    private String first(String part) {
        return operations.stream()
                .filter(operation -> operation.contains(part))
                .findFirst()
                .orElseThrow();
    }

    private List<Long> truncations() {
        List<Long> sizes = new ArrayList<>();
        for (String operation : operations) {
            Matcher truncated = TRUNCATED.matcher(operation);
            if (truncated.find()) {
                sizes.add(Long.parseLong(truncated.group(1)));
            }
        }
        return sizes;
    }

    private void trim(int partition, long start) {
        log.commit(Commit.builder()
                .trim(new TopicPartition("topic", partition), start)
                .build());
    }
}
