package io.tidemill.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.ResultStream;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.json.Json;
import io.tidemill.log.TopicConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a pipeline with several sources, operators with state, and ends. */
class GraphTest {
    @TempDir
    Path directory;

    private Scene scene;

    @BeforeEach
    void open() {
        scene = new Scene(directory, 1);
        scene.log.createTopic("others", TopicConfig.of(2));
    }

    @AfterEach
    void close() {
        scene.close();
    }

    private static Pipeline graph() {
        EventStream<Visit> others = Pipeline.named("p")
                .from(Topic.of("others", Codec.text()))
                .map(Visit::parse)
                .eventTime(Visit::time, Watermark.outOfOrderBy(Duration.ofSeconds(1)));
        EventStream<Visit> all = Scene.visits(Duration.ofSeconds(10)).union(others);
        ResultStream<String, Long> minutes = all.keyBy(Visit::key)
                .window(Tumbling.of(Duration.ofMinutes(1)))
                .aggregate(Aggregate.sum(Visit::number))
                .as("minutes");
        ResultStream<String, Long> hours = minutes.results(Codec.int64())
                .keyBy(result -> "all")
                .window(Tumbling.of(Duration.ofHours(1)))
                .aggregate(Aggregate.count())
                .as("hours");
        return Pipeline.of(
                minutes.to(Scene.RESULTS, Json.results()),
                hours.to("hourly", Json.results()),
                others.map(Visit::key).to("copies", Codec.text()));
    }

    @Test
    void explainShowsWhatLeadsToWhat() {
        ExplainPlan plan = ExplainPlan.of(graph());
        assertThat(plan.isLine()).isFalse();
        assertThat(plan.times())
                .extracting(ExplainPlan.Time::operator)
                .containsExactlyInAnyOrder("eventTime", "eventTime-2");
        assertThat(plan.windows()).extracting(ExplainPlan.Windows::operator).containsExactly("window", "window-2");
        assertThat(plan.topics())
                .extracting(ExplainPlan.TopicUse::topic)
                .containsExactly(
                        Scene.SOURCE,
                        "others",
                        Scene.RESULTS,
                        "hourly",
                        "copies",
                        "p.late",
                        "p.dead",
                        "p.changelog",
                        "p.closed");
        assertThat(Explain.of(graph()))
                .contains("of eventTime, eventTime-2", "takes the elements of all of them, each as it is")
                .contains("results      of minutes", "makes elements of the results")
                .contains("window-2     correctable for");
    }

    @Test
    void theStateOfEachOperatorIsCounted() {
        scene.append(0, "a,30,1", "b,40,2", "a,90,4", "a,7200,8");
        scene.run(graph());
        List<StateSize> sizes = StateSize.of(scene.log, graph());
        assertThat(sizes).extracting(StateSize::operator).containsExactly("minutes", "hours");
        assertThat(sizes).extracting(StateSize::openWindows).containsExactly(0L, 0L);
        assertThat(sizes).extracting(StateSize::correctableWindows).containsExactly(3L, 2L);
        assertThat(sizes).extracting(StateSize::closedEntries).containsExactly(4L, 2L);
        assertThat(sizes).extracting(StateSize::entries).containsExactly(0L, 0L);
        assertThat(Explain.of(graph(), sizes))
                .contains("minutes  windows    0 open, 3 closed that can be corrected")
                .contains("hours    windows    0 open, 2 closed that can be corrected");
    }

    @Test
    void openStateIsItsOperatorsOwn() {
        scene.append(0, "a,30,1", "b,40,2", "a,90,4");
        scene.step(graph());
        List<StateSize> sizes = StateSize.of(scene.log, graph());
        assertThat(sizes).extracting(StateSize::entries).containsExactly(3L, 0L);
        assertThat(sizes).extracting(StateSize::openWindows).containsExactly(2L, 0L);
    }

    @Test
    void whatIsNoLineIsNeitherAuditedNorAdvised() {
        scene.append(0, "a,30,1");
        scene.run(graph());
        assertThatThrownBy(() -> Audit.of(scene.log, graph()))
                .isInstanceOf(AuditException.class)
                .hasMessageContaining("pipeline 'p' cannot be audited: it has several sources");
        assertThatThrownBy(() -> Advisor.of(scene.log, graph()))
                .isInstanceOf(AdviceException.class)
                .hasMessageContaining("no advice for pipeline 'p': it has several sources");
        assertThat(Parts.whyNoLine(Scene.sums())).isNull();
        assertThat(Parts.whyNoLine(filtered())).isEqualTo("there is 'results', which makes elements of the results");
        assertThat(Parts.whyNoLine(joined())).isEqualTo("it ends in several topics");
    }

    private static Pipeline filtered() {
        return Scene.perMinute()
                .aggregate(Aggregate.sum(Visit::number))
                .results(Codec.int64())
                .filter(result -> result.value() > 1)
                .map(result -> result.key())
                .to("large", Codec.text());
    }

    private static Pipeline joined() {
        EventStream<String> keys = Scene.visits(Duration.ZERO).map(Visit::key, Codec.text());
        return Pipeline.of(
                keys.to("keys", Codec.text()),
                keys.keyBy(key -> key)
                        .join(keys.keyBy(key -> key))
                        .window(Tumbling.of(Duration.ofMinutes(1)))
                        .inner((left, right) -> left + right, Codec.text())
                        .to("pairs", Codec.text()));
    }
}
