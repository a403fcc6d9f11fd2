package io.tidemill.testkit.nexmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import io.tidemill.examples.nexmark.Arrival;
import io.tidemill.examples.nexmark.NexmarkGenerator;
import io.tidemill.examples.nexmark.NexmarkSettings;
import io.tidemill.examples.nexmark.query.Answer;
import io.tidemill.json.Json;
import io.tidemill.operations.Audit;
import io.tidemill.operations.AuditReport;
import io.tidemill.testkit.PipelineTestDriver;
import io.tidemill.testkit.TestRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/** Runs a query over the events of its topic, in steps of random sizes, and corrects what came late. */
final class NexmarkRig implements AutoCloseable {
    static final int PARTITIONS = 3;

    private final PipelineTestDriver driver;

    private NexmarkRig(PipelineTestDriver driver) {
        this.driver = driver;
    }

    static List<Arrival> arrivals(NexmarkSettings settings) {
        List<Arrival> arrivals = new ArrayList<>();
        new NexmarkGenerator(settings).forEachRemaining(arrivals::add);
        return List.copyOf(arrivals);
    }

    static NexmarkRig run(Pipeline pipeline, List<Arrival> arrivals, int lanes, long seed) {
        NexmarkRig rig = new NexmarkRig(PipelineTestDriver.builder(pipeline)
                .partitions(PARTITIONS)
                .lanes(lanes)
                .build());
        rig.feed(((Operator.From) pipeline.operators().get(0)).topic().name(), arrivals, new SplittableRandom(seed));
        rig.driver.end();
        rig.driver.correct();
        return rig;
    }

    private void feed(String topic, List<Arrival> arrivals, SplittableRandom random) {
        ByteSink value = new ByteSink();
        int stepMean = 1 << random.nextInt(4, 14); // small ones, or all in one
        for (Arrival arrival : arrivals) {
            if (arrival.event().topic().equals(topic)) {
                value.reset();
                arrival.event().writeTo(value);
                driver.append(TestRecord.of(arrival.event().key(), value.toByteArray())
                        .timestamp(arrival.arrivedAt()));
                if (random.nextInt(stepMean) == 0) {
                    driver.run();
                }
            }
        }
    }

    List<LateRecord> late() {
        return driver.late();
    }

    <R> Answer<R> answer(Class<R> row) {
        return answer(row, List::of);
    }

    /** @param rows of one result */
    <V, R> Answer<R> answer(Class<V> result, Function<V, List<R>> rows) {
        Codec<V> codec = Json.of(result);
        return Answer.of(driver.results(codec).stream()
                .flatMap(each -> rows.apply(each).stream())
                .toList());
    }

    /** That nothing failed, and that nothing is missing in the ledger. */
    void assertAccountedFor() {
        assertThat(driver.deadLetters()).isEmpty();
        assertThat(driver.ledger().imbalances()).isEmpty();
    }

    void assertAuditIsClean(Pipeline pipeline) {
        AuditReport report = Audit.of(driver.log(), pipeline).run((done, total) -> {});
        assertThat(report.isClean()).as(report.toString()).isTrue();
    }

    @Override
    public void close() {
        driver.close();
    }
}
