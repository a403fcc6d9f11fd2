package io.tidemill.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal's next file is made ready before it is needed. */
final class NextFileTest {
    private static final TopicPartition A0 = new TopicPartition("a", 0);
    private static final int VALUE_BYTES = 10_000;

    @TempDir
    Path directory;

    private final Chores chores = new Chores();
    private final LogOptions options = LogOptions.defaults()
            .segmentBytes(64 << 10)
            .preallocateBytes(32 << 10)
            .scheduler(chores);

    /** Runs them when it is told to. */
    private static final class Chores implements Scheduler {
        private final List<Runnable> all = new ArrayList<>();

        @Override
        public Runnable every(Duration period, Runnable chore) {
            all.add(chore);
            return () -> all.remove(chore);
        }

        void run() {
            List.copyOf(all).forEach(Runnable::run);
        }

        @Override
        public void close() {
            all.clear();
        }
    }

    private List<String> spares() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".new"))
                    .toList();
        }
    }

    private long journalFiles() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
            return files.filter(file -> file.toString().endsWith(".journal")).count();
        }
    }

    private static void append(EmbeddedLog log, int records) {
        for (int i = 0; i < records; i++) {
            log.commit(Commit.of(A0, 0, null, new byte[VALUE_BYTES]));
        }
    }

    @Test
    void fromHalfOfAFileOn() throws IOException {
        try (EmbeddedLog log = EmbeddedLog.open(directory, options)) {
            log.createTopic("a", TopicConfig.of(1));
            append(log, 2);
            chores.run();
            assertThat(spares()).isEmpty();

            append(log, 2);
            chores.run();
            chores.run();
            assertThat(spares()).hasSize(1);
            assertThat(Files.size(directory.resolve("journal").resolve(spares().get(0))))
                    .isEqualTo(32 << 10);

            append(log, 3);
            assertThat(journalFiles()).isEqualTo(2);
            assertThat(spares()).isEmpty();

            append(log, 4);
            chores.run();
            assertThat(spares()).hasSize(1);
        }
        assertThat(spares()).isEmpty();
        try (EmbeddedLog log = EmbeddedLog.open(directory, options)) {
            assertThat(EmbeddedLogTest.values(log, A0)).hasSize(11);
        }
    }

    @Test
    void whatACrashLeavesOfItIsDeleted() throws IOException {
        EmbeddedLog.open(directory, options).close();
        Files.write(directory.resolve("journal/spare-3.new"), new byte[1_000]);
        EmbeddedLog.open(directory, options).close();
        assertThat(spares()).isEmpty();
    }

    @Test
    void itsOwnFirstFrameMayBeLongerThanTheZeros() throws IOException {
        try (EmbeddedLog log = EmbeddedLog.open(directory, options)) {
            for (int i = 0; i < 400; i++) {
                log.createTopic("a-topic-with-a-long-name-".repeat(8) + i, TopicConfig.of(1));
            }
            log.createTopic("a", TopicConfig.of(1));
            chores.run();
            append(log, 8);
            chores.run();
            append(log, 8);
        }
        try (EmbeddedLog log = EmbeddedLog.open(directory, options)) {
            assertThat(EmbeddedLogTest.values(log, A0)).hasSize(16);
            assertThat(log.topics()).hasSize(401);
        }
    }
}
