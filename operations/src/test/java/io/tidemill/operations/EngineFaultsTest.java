package io.tidemill.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.engine.Ledger;
import io.tidemill.json.Json;
import io.tidemill.log.TopicConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Faults of the engine that audits have found. Each test is to be enabled with the repair. */
class EngineFaultsTest {
    @TempDir
    Path directory;

    /**
     * A window that closes in a step and is beyond correction at once is forgotten in the same step, before the ranges of
     * what it closed are noted; they are then noted anew, without those of earlier steps.
     */
    @Test
    void whatClosedEarlierIsNotForgottenWhileMoreCloses() {
        try (Scene scene = new Scene(directory, 1)) {
            Pipeline pipeline = Scene.perMinute()
                    .correctableFor(Duration.ZERO)
                    .aggregate(Aggregate.sum(Visit::number))
                    .to(Scene.RESULTS, Json.results());
            scene.append(0, "a,1,1", "b,2,2");
            scene.run(pipeline);
            scene.append(0, "a,3,4");
            scene.run(pipeline);
            scene.append(0, "b,4,8");
            scene.run(pipeline);

            AuditReport report = scene.audit(pipeline);

            assertThat(report.isClean()).as(report.toString()).isTrue();
        }
    }

    @Test
    void aResultWithALargeKeyIsADeadLetterAndDoesNotStopThePipeline() {
        try (Scene scene = new Scene(directory, 1)) {
            scene.log.createTopic(Scene.RESULTS, TopicConfig.compacted(1).recordBytesMax(4_096));
            scene.append(0, "k".repeat(4_000) + ",1,1", "b,2,2");

            Ledger ledger = scene.run(Scene.sums());

            assertThat(ledger.failedResults()).isEqualTo(1);
        }
    }

    @Test
    void anOutputWithALargeKeyIsADeadLetterAndDoesNotStopThePipeline() {
        try (Scene scene = new Scene(directory, 1)) {
            scene.log.createTopic("large", TopicConfig.of(1).recordBytesMax(4 << 20));
            Pipeline pipeline =
                    Pipeline.named("p").from(Topic.of("large", Codec.text())).to("copies", Codec.text());
            scene.log.commit(io.tidemill.log.Commit.of(
                    new io.tidemill.log.TopicPartition("large", 0), 1, new byte[2 << 20], "v".getBytes(UTF_8)));

            Ledger ledger = scene.run(pipeline);

            assertThat(ledger.total().deadLettered()).isEqualTo(1);
        }
    }

    @Test
    void aRecordThatIsLateManyTimesDoesNotStopThePipeline() {
        try (Scene scene = new Scene(directory, 1)) {
            Pipeline pipeline = Pipeline.named("p")
                    .from(Topic.of(Scene.SOURCE, Codec.text()))
                    .map(Visit::parse)
                    .flatMap(visit -> Collections.nCopies((int) visit.number(), visit))
                    .eventTime(Visit::time, Watermark.outOfOrderBy(Duration.ZERO))
                    .keyBy(Visit::key)
                    .window(Tumbling.of(Duration.ofMinutes(1)))
                    .aggregate(Aggregate.count())
                    .to(Scene.RESULTS, Json.results());
            scene.append(0, "a,999999,1", "a,1,99999");

            Ledger ledger = scene.run(pipeline);

            assertThat(ledger.total().read()).isEqualTo(2);
        }
    }
}
