package io.tidemill.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicPartition;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What earlier versions wrote is read: a pipeline goes on from their state as if nothing had changed. */
class OldStateTest {
    @TempDir
    Path directory;

    /** The one that was running when the fixture was made: open windows, closed ones, some corrected, late records left. */
    private static Pipeline pipeline() {
        return Pipeline.named("visits")
                .from(Topic.of("in", Codec.text()))
                .map(text -> text.split(",", -1))
                .eventTime(
                        visit -> Instant.ofEpochSecond(Long.parseLong(visit[1])),
                        Watermark.outOfOrderBy(Duration.ofSeconds(10)))
                .keyBy(visit -> visit[0])
                .window(Tumbling.of(Duration.ofSeconds(60)))
                .allowedLateness(Duration.ofSeconds(30))
                .correctableFor(Duration.ofDays(365))
                .aggregate(Aggregate.sum(visit -> Long.parseLong(visit[2])))
                .to("out", result -> String.valueOf(result.value()), Codec.text());
    }

    @Test
    void aPipelineGoesOnFromStateOfVersion1() throws Exception {
        Files.createDirectory(directory.resolve("journal"));
        try (InputStream stored =
                        Objects.requireNonNull(OldStateTest.class.getResourceAsStream("state-v1.journal.gz"));
                InputStream journal = new GZIPInputStream(stored)) {
            Files.copy(journal, directory.resolve("journal/000000000001.0.journal"));
        }
        try (EmbeddedLog log = EmbeddedLog.open(directory, LogOptions.defaults().preallocateBytes(0))) {
            Engine engine = Engine.on(log, EngineOptions.defaults().lanes(4));
            Ledger before = engine.status(pipeline()).orElseThrow().ledger();
            assertThat(before.total().read()).isEqualTo(400);
            assertThat(before.total().late()).isEqualTo(87);
            // Into open windows, late for closed ones, and new ones.
            append(log, 0, "k1,1001200,7", "k2,1000100,5", "k3,1001400,2");
            append(log, 1, "k1,1001195,1", "k4,1000000,3", "k0,1001500,9");
            Ledger ledger = engine.runUntilEnd(pipeline(), (records, soFar) -> {});
            assertThat(ledger.total().read()).isEqualTo(406);
            CorrectionSummary corrected = engine.correct(pipeline());
            assertThat(corrected.uncorrectable()).isZero();
            assertThat(corrected.corrected()).isPositive();
            AuditReport report = Audit.of(log, pipeline()).run((done, total) -> {});
            assertThat(report.isClean()).as(report.toString()).isTrue();
            assertThat(report.awaitingCorrection()).isZero();
        }
    }

    private static void append(EmbeddedLog log, int partition, String... visits) {
        for (String visit : visits) {
            log.commit(Commit.of(
                    new TopicPartition("in", partition), 1_001_500_000, null, visit.getBytes(StandardCharsets.UTF_8)));
        }
    }
}
