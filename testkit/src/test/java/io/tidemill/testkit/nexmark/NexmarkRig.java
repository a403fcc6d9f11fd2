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
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;

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
        rig.feed(sources(pipeline), arrivals, new SplittableRandom(seed));
        rig.driver.end();
        rig.driver.correct();
        return rig;
    }

    private static Set<String> sources(Pipeline pipeline) {
        return pipeline.operators().stream()
                .filter(Operator.From.class::isInstance)
                .map(from -> ((Operator.From) from).topic().name())
                .collect(Collectors.toSet());
    }

    /** In the order of arrival, and with a restart somewhere. */
    private void feed(Set<String> topics, List<Arrival> arrivals, SplittableRandom random) {
        int stepMean = 1 << random.nextInt(4, 14); // small ones, or all in one
        int restartAt = random.nextInt(arrivals.size());
        for (int i = 0; i < arrivals.size(); i++) {
            if (i == restartAt) {
                driver.restart();
            }
            if (topics.contains(arrivals.get(i).event().topic())) {
                append(arrivals.get(i));
                if (random.nextInt(stepMean) == 0) {
                    driver.run();
                }
            }
        }
    }

    private void append(Arrival arrival) {
        ByteSink value = new ByteSink();
        arrival.event().writeTo(value);
        driver.append(
                arrival.event().topic(),
                TestRecord.of(arrival.event().key(), value.toByteArray()).timestamp(arrival.arrivedAt()));
    }

    List<LateRecord> late() {
        return driver.late();
    }

    <R> Answer<R> answer(Class<R> row) {
        return answer(row, List::of);
    }

    /** Of one of several topics that the pipeline writes. */
    <R> Answer<R> answer(Class<R> row, String topic) {
        Codec<R> codec = Json.of(row);
        return Answer.of(driver.results(topic).stream()
                .map(result -> result.value(codec))
                .toList());
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
