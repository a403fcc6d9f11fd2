package io.tidemill.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.ResultStream;
import io.tidemill.api.Table;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.Timer;
import io.tidemill.api.process.ValueState;
import io.tidemill.api.process.ValueStateDescriptor;
import io.tidemill.engine.PipelineException;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.json.Json;
import io.tidemill.log.Commit;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.rocksdb.RocksStores;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a pipeline with several sources, operators with state, and ends. */
class GraphTest {
    private static final Codec<Visit> VISITS = Json.of(Visit.class);

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
    void eachSourceIsAdvised() {
        scene.append(0, "a,30,1", "b,40,2", "a,90,4", "a,20,3", "c,200,1", "c,61,1");
        scene.append(new TopicPartition("others", 1), "a,10,1", "a,15,1");
        List<Advisor> advisors = Advisor.each(scene.log, graph());
        assertThat(advisors).extracting(Advisor::topic).containsExactly(Scene.SOURCE, "others");
        assertThatThrownBy(() -> Advisor.of(scene.log, graph()))
                .isInstanceOf(AdviceException.class)
                .hasMessageContaining("more than one advice for pipeline 'p'");
        Advice advice = advisors.get(0).advise(AdviceRequest.ofAll(), (done, total) -> {});
        assertThat(advice.windows()).isEqualTo("tumbling windows of 1 min of 'minutes'");
        assertThat(advice.boundInForce()).isEqualTo(Duration.ofSeconds(10));
        assertThat(advice.history().records()).isEqualTo(6);
        Advice others = advisors.get(1).advise(AdviceRequest.ofAll(), (done, total) -> {});
        assertThat(others.boundInForce()).isEqualTo(Duration.ofSeconds(1));
        assertThat(others.history().elements()).isEqualTo(2);

        long late = scene.run(graph()).total().late();
        assertThat(advice.candidates())
                .filteredOn(each -> each.bound().equals(advice.boundInForce()))
                .singleElement()
                .satisfies(
                        each -> assertThat(each.lateRecords()).isEqualTo(late).isPositive());
    }

    @Test
    void joinsAndTurnsAreAdvised() {
        EventStream<String> keys = Scene.visits(Duration.ZERO).map(Visit::key, Codec.text());
        Pipeline pipeline = Pipeline.of(
                keys.keyBy(key -> key)
                        .join(keys.keyBy(key -> key))
                        .window(Tumbling.of(Duration.ofMinutes(1)))
                        .as("pairs")
                        .inner((left, right) -> left + right, Codec.text())
                        .to("pairs", Codec.text()),
                keys.deduplicate(key -> key, Codec.text(), Duration.ofHours(1))
                        .as("firsts")
                        .to("firsts", Codec.text()));
        scene.append(0, "a,30,1", "b,40,2", "a,39,4");
        assertThat(Advisor.each(scene.log, pipeline))
                .extracting(each -> each.advise(AdviceRequest.ofAll(), (done, total) -> {}))
                .extracting(Advice::windows)
                .containsExactlyInAnyOrder("tumbling windows of 1 min of 'pairs'", "turns in 'firsts'");
        Advice turns = Advisor.each(scene.log, pipeline).stream()
                .map(each -> each.advise(AdviceRequest.ofAll(), (done, total) -> {}))
                .filter(each -> each.windows().startsWith("turns"))
                .findFirst()
                .orElseThrow();
        assertThat(turns.candidates().get(0).lateRecords())
                .isEqualTo(scene.run(pipeline).total().late())
                .isEqualTo(1);
    }

    @Test
    void aGraphIsAudited() {
        scene.append(0, "a,30,1", "b,40,2", "a,90,4", "broken", "a,20,3", "c,200,1", "c,61,1");
        scene.append(new TopicPartition("others", 1), "a,10,1", "a,15,1", "a,100,1", "a,1,9");
        scene.run(graph());
        AuditReport report = audit();
        assertThat(report.imbalances()).isEmpty();
        assertThat(report.notCompared()).containsExactly("hourly");
        assertThat(report.read()).isEqualTo(11);
        assertThat(report.deadLettered()).isEqualTo(1);
        assertThat(report.late()).isEqualTo(3);
        assertThat(report.mismatches()).isEqualTo(report.awaitingCorrection()).isPositive();

        scene.correct(graph());
        AuditReport corrected = audit();
        assertThat(corrected.imbalances()).isEmpty();
        assertThat(corrected.examples()).isEmpty();
        assertThat(corrected.isClean()).isTrue();
        assertThat(corrected.open()).isZero();
        assertThat(corrected.results()).as("sums, and copies").isEqualTo(5 + 4);
    }

    @Test
    void whatIsOpenIsNotComparedYet() {
        scene.append(0, "a,30,1", "b,40,2", "a,90,4", "a,200,4");
        scene.append(new TopicPartition("others", 1), "a,100,1");
        scene.append(new TopicPartition("others", 0), "a,100,1");
        scene.step(graph());
        AuditReport report = audit();
        assertThat(report.examples()).isEmpty();
        assertThat(report.isClean()).isTrue();
        assertThat(report.open()).isEqualTo(2);
    }

    @Test
    void theAuditOfAGraphFindsWhatWasForged() {
        scene.append(0, "a,30,1", "b,40,2", "a,90,4", "a,200,4");
        scene.run(graph());
        scene.log.commit(Commit.of(new TopicPartition("copies", 0), 0, null, "x".getBytes(StandardCharsets.UTF_8)));
        scene.log.commit(
                Commit.of(new TopicPartition(Scene.RESULTS, 0), 0, new byte[17], "1".getBytes(StandardCharsets.UTF_8)));
        AuditReport report = audit();
        assertThat(report.mismatches()).isEqualTo(2);
        assertThat(report.isClean()).isFalse();
    }

    @Test
    void allOperatorsAreInTheFatesOfRecords() {
        EventStream<String> keys = Scene.visits(Duration.ZERO).map(Visit::key, Codec.text());
        Pipeline pipeline = Pipeline.of(
                keys.keyBy(key -> key)
                        .join(keys.keyBy(key -> key + key.length()))
                        .window(Tumbling.of(Duration.ofMinutes(1)))
                        .as("pairs")
                        .left((left, right) -> left + right, Codec.text())
                        .to("pairs", Codec.text()),
                keys.deduplicate(key -> key, Codec.text(), Duration.ofHours(1))
                        .as("firsts")
                        .to("firsts", Codec.text()),
                keys.filter(key -> !key.equals("b")).to("others", Codec.text()));
        scene.append(0, "a,30,1", "b,40,2", "a,39,4", "b,130,1", "a,41,2");
        scene.run(pipeline);
        AuditReport report = Audit.of(scene.log, pipeline).run((done, total) -> {});
        assertThat(report.imbalances()).isEmpty();
        assertThat(report.isClean()).isTrue();
        assertThat(report.late()).isEqualTo(2);
        assertThat(report.notCompared()).containsExactlyInAnyOrder("pairs", "firsts");
        scene.correct(pipeline);
        assertThat(Audit.of(scene.log, pipeline).run((done, total) -> {}).isClean())
                .isTrue();
    }

    /** Counts the elements of a key, and tells it when their time has come. */
    private static final class Counting implements ProcessFunction<String, Visit, String> {
        private static final long serialVersionUID = 1;
        private static final ValueStateDescriptor<Long> COUNT = ValueState.of("count", Codec.int64());

        @Override
        public List<StateDescriptor> states() {
            return List.of(COUNT);
        }

        @Override
        public void process(Visit element, ProcessContext<String, String> context) {
            Long before = context.state(COUNT).value();
            context.state(COUNT).update(before == null ? 1 : before + 1);
            context.setEventTimer(context.time().plusSeconds(30));
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<String, String> context) {
            context.collect(context.key() + context.state(COUNT).value());
        }
    }

    /** A function, deduplication, an interval join and enrichment. */
    private static Pipeline keeping() {
        EventStream<Visit> visits = Scene.visits(Duration.ZERO);
        EventStream<String> keys = visits.map(Visit::key, Codec.text());
        Table<String, String> table = Pipeline.named("p")
                .table(Topic.of("others", Codec.text()), Codec.text(), Watermark.outOfOrderBy(Duration.ZERO));
        return Pipeline.of(
                visits.map(visit -> visit, VISITS)
                        .keyBy(Visit::key)
                        .process(new Counting(), Codec.text())
                        .as("counted")
                        .to("counted", Codec.text()),
                keys.deduplicate(key -> key, Codec.text(), Duration.ofHours(1))
                        .as("firsts")
                        .to("firsts", Codec.text()),
                keys.keyBy(key -> key)
                        .join(keys.keyBy(key -> key))
                        .between(Duration.ofMinutes(-1), Duration.ofMinutes(1))
                        .inner((left, right) -> left + right, Codec.text())
                        .as("pairs")
                        .to("pairs", Codec.text()),
                keys.keyBy(key -> key)
                        .enrich(table)
                        .left((key, name) -> key + name, Codec.text())
                        .as("named")
                        .to("named", Codec.text()));
    }

    private void appendVersion(String key, String value, long second) {
        scene.log.commit(Commit.of(
                new TopicPartition("others", 0),
                second * 1000,
                key.getBytes(StandardCharsets.UTF_8),
                value.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void operatorsThatKeepElementsAreInTheFatesOfRecords() {
        scene.append(0, "a,30,1", "b,40,2", "a,39,4", "b,130,1", "a,41,2");
        appendVersion("a", "Anna", 20);
        appendVersion("b", "Berta", 200);
        appendVersion("b", "Bea", 30);
        scene.run(keeping());
        AuditReport report = Audit.of(scene.log, keeping()).run((done, total) -> {});
        assertThat(report.imbalances()).isEmpty();
        assertThat(report.isClean()).isTrue();
        assertThat(report.read()).isEqualTo(5 + 3);
        assertThat(report.results()).isZero();
        assertThat(report.notCompared()).containsExactlyInAnyOrder("counted", "firsts", "pairs", "named");
    }

    @Test
    void whatOperatorsKeepIsCounted() {
        scene.append(0, "a,30,1", "b,40,2", "a,50,4");
        appendVersion("a", "Anna", 20);
        appendVersion("b", "Berta", 45);
        scene.step(keeping());
        List<StateSize> sizes = StateSize.of(scene.log, keeping());
        assertThat(sizes)
                .extracting(StateSize::operator)
                .containsExactlyInAnyOrder("counted", "firsts", "pairs", "named");
        assertThat(sizes).allSatisfy(size -> {
            assertThat(size.entries()).as(size.operator()).isPositive();
            assertThat(size.bytes()).as(size.operator()).isGreaterThan(size.entries() * 20);
            assertThat(size.hasStore()).isFalse();
        });
        assertThat(Explain.of(keeping(), sizes))
                .doesNotContain("accumulator")
                .containsOnlyOnce("in all, which a start reads")
                .contains("entries, ");
    }

    /** As it is in memory, also where the changelog no longer has all of it. */
    @Test
    void whatOperatorsKeepInAStoreIsCounted() {
        RocksStores stores = RocksStores.in(directory.resolve("state"));
        scene.options = scene.options
                .stateBackend(StateBackend.in(stores).cacheBytesMax(0))
                .stateLogBytesMin(0);
        appendVersion("a", "Anna", 20);
        for (int second = 30; second < 40; second++) {
            scene.append(0, "a," + second + ",1", "b," + second + ",2");
            scene.step(keeping());
        }
        assertThat(scene.log.offsets(new TopicPartition("p.changelog", 0)).start())
                .isPositive();
        List<StateSize> sizes = StateSize.of(scene.log, keeping(), stores);
        assertThat(sizes).allSatisfy(size -> {
            assertThat(size.entries()).as(size.operator()).isPositive();
            assertThat(size.hasStore()).isTrue();
        });
        assertThat(Explain.of(keeping(), sizes)).contains("of which a start reads what is behind the store");
        long bytes = sizes.stream().mapToLong(StateSize::bytes).sum();
        scene.options = scene.options.stateBytesMax(bytes * 9 / 10);
        scene.append(0, "c,41,1");
        assertThatThrownBy(() -> scene.step(keeping())).isInstanceOf(PipelineException.class);
    }

    @Test
    void aWatermarkGeneratorIsFollowed() {
        Pipeline pipeline = Pipeline.named("p")
                .from(Topic.of(Scene.SOURCE, Codec.text()))
                .map(Visit::parse)
                .eventTime(Visit::time, Watermark.outOfOrderBy(Duration.ZERO), (visit, timeMillis, progress) -> {
                    if (visit.key().equals("marker")) {
                        progress.advanceTo(timeMillis);
                    }
                })
                .keyBy(Visit::key)
                .window(Tumbling.of(Duration.ofMinutes(1)))
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, Json.results());
        scene.append(0, "a,30,1", "b,1000,1", "a,40,1", "marker,100,1", "broken", "a,50,1");
        assertThat(scene.run(pipeline).total().late()).isEqualTo(1);
        scene.correct(pipeline);
        AuditReport report = Audit.of(scene.log, pipeline).run((done, total) -> {});
        assertThat(report.imbalances()).isEmpty();
        assertThat(report.isClean()).isTrue();
        assertThat(report.late()).isEqualTo(1);
        Advice advice = Advisor.of(scene.log, pipeline).advise(AdviceRequest.ofAll(), (done, total) -> {});
        assertThat(advice.candidates().get(0).lateRecords()).isEqualTo(1);
        assertThat(Explain.of(pipeline)).contains("0 s behind what its generator says of a partition");
    }

    private AuditReport audit() {
        return Audit.of(scene.log, graph()).run((done, total) -> {});
    }

    @Test
    void whatIsALine() {
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
