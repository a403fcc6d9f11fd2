package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.LateRecord;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.ResultKey;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.Log;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicPartition;
import io.tidemill.operations.Audit;
import io.tidemill.operations.AuditReport;
import io.tidemill.testkit.StreamCase.Item;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * {@code kill -9} at random moments of a real process over a real directory, under load; then every record is counted
 * again. {@code -Dtidemill.kills=50} for the long run.
 */
@Isolated // a process that shares its processor with other tests takes longer to come back
final class KillRecountTest {
    private static final int KILLS = Integer.getInteger("tidemill.kills", 10);

    /** About a second on an idle machine, which is printed; on a busy one no bound of time can be told from a fault. */
    private static final Duration RESTART_MAX = Duration.ofSeconds(60);

    private static final long KILL_AFTER_MILLIS_MAX = 800;
    private static final String CUT_OFF = "ACKNOWLEDGED RESTORED DRAINED";

    @TempDir
    Path directory;

    private final long[] acknowledged = new long[KilledProcess.PARTITIONS];
    private final List<Long> restartMillis = new ArrayList<>();
    private final List<String> unexpected = new ArrayList<>();

    /** A child, and a thread that reads what it says. */
    private final class Child implements AutoCloseable {
        private final Process process;
        private final Thread reader;
        private final CountDownLatch restored = new CountDownLatch(1);

        Child(String what) throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                            "-cp",
                            System.getProperty("java.class.path"),
                            KilledProcess.class.getName(),
                            directory.toString(),
                            what)
                    .redirectErrorStream(true)
                    .start();
            reader = new Thread(this::listen, "listener");
            reader.start();
        }

        private void listen() {
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    hear(line.split(" ", -1), line);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                restored.countDown();
            }
        }

        private void hear(String[] words, String line) {
            boolean whole = line.endsWith(KilledProcess.END_OF_LINE);
            synchronized (KillRecountTest.this) {
                switch (whole ? words[0] : CUT_OFF.contains(words[0]) ? "" : line) {
                    case "" -> {
                        // The kill came in the middle of a word.
                    }
                    case "ACKNOWLEDGED" -> {
                        int partition = Integer.parseInt(words[1]);
                        acknowledged[partition] = Math.max(acknowledged[partition], Long.parseLong(words[2]));
                    }
                    case "RESTORED" -> {
                        restartMillis.add(Long.parseLong(words[1]));
                        restored.countDown();
                    }
                    case "DRAINED" -> assertThat(words[1]).isEqualTo("0");
                    default -> unexpected.add(line);
                }
            }
        }

        /** SIGKILL. */
        void kill() throws InterruptedException {
            // By its handle: the process object would also close the pipe, and with it what is still to be heard.
            process.toHandle().destroyForcibly();
            end();
        }

        int end() throws InterruptedException {
            int code = process.waitFor();
            reader.join();
            return code;
        }

        @Override
        public void close() {
            process.toHandle().destroyForcibly();
            process.onExit().join();
        }
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void nothingIsLostOrDoubled() throws Exception {
        long start = System.nanoTime();
        long seed = Seeds.pick();
        SplittableRandom random = Seeds.random(seed, "kills");
        for (int i = 0; i < KILLS; i++) {
            String what = i == 0 || random.nextInt(4) > 0 ? "produce" : "drain";
            try (Child child = new Child(what)) {
                // Some die before they have come back.
                if (i == 0 || random.nextInt(4) > 0) {
                    child.restored.await();
                }
                TimeUnit.MILLISECONDS.sleep(random.nextLong(KILL_AFTER_MILLIS_MAX));
                child.kill();
            }
        }
        try (Child last = new Child("drain")) {
            assertThat(last.end()).as("exit code; it said %s", unexpected).isZero();
        }
        assertThat(unexpected).isEmpty();
        assertThat(restartMillis)
                .allSatisfy(millis -> assertThat(Duration.ofMillis(millis)).isLessThan(RESTART_MAX));
        long records = verify();
        System.out.printf(
                "%d kills (seed %d), %d records, restarts in %s ms, %.1f s in all%n",
                KILLS, seed, records, restartMillis, (System.nanoTime() - start) / 1e9);
    }

    // ---- counting again ----

    private long verify() {
        try (EmbeddedLog log = EmbeddedLog.open(directory, LogOptions.defaults())) {
            List<List<Item>> found = source(log);
            StreamCase streams = KilledProcess.streams(found);
            Expectation expected = new Expectation(streams, Set.of());
            assertThat(results(log)).isEqualTo(expected.allResults(Set.of()));
            verifyLate(log, expected);
            Ledger ledger = Engine.on(log, EngineOptions.defaults())
                    .status(streams.pipeline())
                    .orElseThrow()
                    .ledger();
            assertThat(ledger.imbalances()).isEmpty();
            assertThat(ledger.total().read())
                    .isEqualTo(found.stream().mapToLong(List::size).sum());
            assertThat(ledger.corrected()).isEqualTo(ledger.total().late());
            AuditReport audit = Audit.of(log, streams.pipeline()).run((done, total) -> {});
            assertThat(audit.isClean()).as(audit.toString()).isTrue();
            return ledger.total().read();
        }
    }

    /** All of it, having checked that everything acknowledged is there and everything there is what was sent. */
    private List<List<Item>> source(Log log) {
        List<List<Item>> partitions = new ArrayList<>();
        for (int i = 0; i < KilledProcess.PARTITIONS; i++) {
            int number = i;
            List<Item> items = new ArrayList<>();
            TopicPartition partition = new TopicPartition(StreamCase.SOURCE, number);
            TopicRecords.forEach(log, partition, 0, record -> {
                Item item = KilledProcess.item(number, record.offset());
                if (record.offset() != items.size()
                        || !Arrays.equals(record.value(), item.value())
                        || !Arrays.equals(record.key(), item.key())) {
                    throw new AssertionError(partition + " at " + record.offset() + " is not what was appended");
                }
                items.add(new Item(
                        item.key(),
                        item.value(),
                        item.headers(),
                        item.timestamp(),
                        record.appendTimeMillis(),
                        item.sample()));
            });
            assertThat((long) items.size())
                    .isGreaterThanOrEqualTo(acknowledged[number])
                    .isPositive();
            partitions.add(items);
        }
        return partitions;
    }

    /** The newest of each, having checked that no revision comes twice. */
    private static Map<Expectation.Id, String> results(Log log) {
        Map<Expectation.Id, String> newest = new TreeMap<>();
        Map<Expectation.Id, Integer> revisions = new HashMap<>();
        TopicRecords.forEach(log, StreamCase.RESULTS, record -> {
            ResultKey identity = ResultKey.of(record.key(), record.headers());
            Expectation.Id id = new Expectation.Id(
                    new String(identity.key(), StandardCharsets.UTF_8), Objects.requireNonNull(identity.window()));
            Integer before = revisions.put(id, identity.revision());
            assertThat(before == null || before < identity.revision())
                    .as("%s after %s", identity, before)
                    .isTrue();
            newest.put(id, new String(Objects.requireNonNull(record.value()), StandardCharsets.UTF_8));
        });
        return newest;
    }

    private static void verifyLate(Log log, Expectation expected) {
        Map<String, String> found = new TreeMap<>();
        TopicRecords.forEach(log, StreamCase.NAME + ".late", record -> {
            LateRecord late = LateRecord.of(record.key(), record.value(), record.headers());
            String place =
                    Expectation.place(late.origin().partition(), late.origin().offset());
            assertThat(found.put(place, late.missed().toString())).as(place).isNull();
        });
        Map<String, String> wanted = new TreeMap<>();
        for (int partition = 0; partition < expected.fates.size(); partition++) {
            for (int i = 0; i < expected.fates.get(partition).size(); i++) {
                if (!expected.fates.get(partition).get(i).missed().isEmpty()) {
                    wanted.put(
                            Expectation.place(partition, i),
                            expected.fates.get(partition).get(i).missed().toString());
                }
            }
        }
        assertThat(found).isEqualTo(wanted);
    }
}
