package io.tidemill.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Header;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Directories written by earlier versions, which this one must read. {@link #main} wrote {@code journal-v1}; it is never
 * written again: a new format gets a new directory beside it.
 */
class OldFilesTest {
    private static final TopicPartition KEPT = new TopicPartition("kept", 1);
    private static final TopicPartition COMPACTED = new TopicPartition("compacted", 0);

    @TempDir
    Path directory;

    @Test
    void readsVersion1() throws IOException, URISyntaxException {
        copy("/journal-v1");
        try (EmbeddedLog log = EmbeddedLog.open(directory, options(new AtomicLong(90_000_000)))) {
            assertThat(log.topics()).extracting(TopicDescription::name).containsExactly("compacted", "kept");
            assertThat(log.topic("kept").orElseThrow().config())
                    .isEqualTo(TopicConfig.of(2).retention(Duration.ofHours(2)).recordBytesMax(5_000));
            assertThat(log.committed("readers", KEPT)).hasValue(17);
            assertThat(log.offsets(KEPT)).isEqualTo(new OffsetRange(100, 300));
            List<String> kept = EmbeddedLogTest.values(log, KEPT);
            assertThat(kept).hasSize(200).first().asString().startsWith("100=value 100 ");
            List<String> compacted = EmbeddedLogTest.values(log, COMPACTED);
            assertThat(compacted).last().asString().startsWith("399=399 ");
            assertThat(compacted).hasSizeLessThan(200);
            log.commit(Commit.of(KEPT, 1, null, "new".getBytes(UTF_8)));
            assertThat(EmbeddedLogTest.values(log, KEPT)).last().isEqualTo("300=new");
        }
    }

    private void copy(String resource) throws IOException, URISyntaxException {
        Path from = Path.of(
                Objects.requireNonNull(OldFilesTest.class.getResource(resource)).toURI());
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = directory.resolve(from.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.copy(file, to);
            }
        }
    }

    private static LogOptions options(AtomicLong now) {
        return LogOptions.defaults()
                .segmentBytes(64 << 10)
                .preallocateBytes(0)
                .clock(() -> Instant.ofEpochMilli(now.getAndAdd(1_000)))
                .holder("the writer of the fixture");
    }

    /** Writes the fixture of the current format to the directory that is given. */
    public static void main(String[] args) {
        try (EmbeddedLog log = EmbeddedLog.open(Path.of(args[0]), options(new AtomicLong(1_000_000)))) {
            log.createTopic("gone", TopicConfig.of(1));
            log.createTopic(
                    "kept", TopicConfig.of(2).retention(Duration.ofHours(2)).recordBytesMax(5_000));
            log.createTopic("compacted", TopicConfig.compacted(1));
            for (int i = 0; i < 300; i++) {
                log.commit(Commit.of(
                        KEPT,
                        i,
                        ("key " + i).getBytes(UTF_8),
                        ("value " + i + " " + "x".repeat(i)).getBytes(UTF_8),
                        List.of(Header.text("h", String.valueOf(i)))));
            }
            for (int i = 0; i < 400; i++) {
                String value = i + " " + "y".repeat(i % 300);
                log.commit(Commit.of(COMPACTED, i, ("k" + i % 7).getBytes(UTF_8), value.getBytes(UTF_8)));
            }
            log.deleteTopic("gone");
            log.commit(
                    Commit.builder().offset("readers", KEPT, 17).trim(KEPT, 100).build());
            log.maintain();
        }
    }
}
