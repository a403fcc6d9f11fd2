package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Cumulative;
import io.tidemill.api.Pipeline;
import io.tidemill.api.ResultStream;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Window;
import io.tidemill.api.Windowing;
import io.tidemill.api.process.ListState;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.Timer;
import io.tidemill.api.process.Ttl;
import io.tidemill.engine.Engine;
import io.tidemill.engine.PipelineException;
import io.tidemill.engine.Stepper;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.engine.state.StateScan;
import io.tidemill.engine.state.StateStore;
import io.tidemill.engine.state.StateStores;
import io.tidemill.engine.state.StateView;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicPartition;
import io.tidemill.testkit.SavepointRig.Event;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** State in stores: found again, made again, or refused with a sentence; and the same results whatever happens to it. */
final class StoredStateTest {
    private static final String NAME = "stored";
    private static final TopicPartition CHANGELOG = new TopicPartition(NAME + ".changelog", 0);
    private static final List<List<String>> EVENTS = SavepointRig.events(7, 600);

    /** More than any changelog here grows to. */
    private static final long NEVER_CUT = 1 << 30;

    static Stream<Windowing> aligned() {
        return Stream.of(
                Tumbling.of(Duration.ofMillis(100)),
                Sliding.of(Duration.ofMillis(300), Duration.ofMillis(70)),
                Cumulative.of(Duration.ofMillis(400), Duration.ofMillis(100)));
    }

    static Stream<Windowing> windowings() {
        return Stream.concat(
                aligned(),
                Stream.of(
                        Session.withGap(Duration.ofMillis(8)),
                        Session.withGap(Duration.ofMillis(8)).maxDuration(Duration.ofMillis(60))));
    }

    private static Pipeline pipeline(Windowing windowing) {
        return SavepointRig.pipeline(
                NAME,
                Duration.ofMillis(50),
                windowing,
                UnaryOperator.identity(),
                Aggregate.sum(Event::number),
                UnaryOperator.identity());
    }

    private static Pipeline tumbling() {
        return pipeline(Tumbling.of(Duration.ofMillis(100)));
    }

    private static TreeMap<String, String> expected(Windowing windowing) {
        try (SavepointRig rig = new SavepointRig(3)) {
            rig.append(EVENTS, 0, 1);
            rig.finish(pipeline(windowing), 1);
            return rig.results();
        }
    }

    private static SavepointRig stored(long stateLogBytesMin) {
        SavepointRig rig = new SavepointRig(3);
        rig.backend = StateBackend.in(rig.stores).cacheBytesMax(0);
        rig.stateLogBytesMin = stateLogBytesMin;
        return rig;
    }

    /** The half of the events, with open windows and a changelog that has been cut off. */
    private static SavepointRig cutOff() {
        SavepointRig rig = stored(0);
        rig.append(EVENTS, 0, 0.5);
        rig.run(tumbling(), 2);
        assertThat(rig.log.offsets(CHANGELOG).start()).isPositive();
        return rig;
    }

    private static void finishes(SavepointRig rig, Pipeline pipeline, TreeMap<String, String> expected) {
        rig.append(EVENTS, 0.5, 1);
        rig.finish(pipeline, 3);
        assertThat(rig.results()).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("windowings")
    void lanesComeAndGo(Windowing windowing) {
        try (SavepointRig rig = stored(200)) {
            Spy spy = new Spy(rig.stores);
            rig.backend = StateBackend.in(spy).cacheBytesMax(500);
            int[] lanes = {2, 1, 4, 3, 8, 1, 2, 64};
            for (int i = 0; i < lanes.length; i++) {
                rig.append(EVENTS, i / 8.0, (i + 1) / 8.0);
                rig.run(pipeline(windowing), lanes[i], 5 + i);
                if (i % 3 == 2) {
                    rig.correct(pipeline(windowing), lanes[i]);
                }
            }
            rig.finish(pipeline(windowing), 5);
            assertThat(rig.results()).isEqualTo(expected(windowing));
            assertThat(spy.entries()).as("what is left in the store").isZero();
        }
    }

    /** What a store has yet to be told is in the changelog. */
    @ParameterizedTest
    @MethodSource("windowings")
    void crashesWhileChangesWait(Windowing windowing) {
        for (int cacheBytesMax : List.of(6_000, 1 << 20)) {
            try (SavepointRig rig = stored(2_000)) {
                rig.backend = StateBackend.in(rig.stores).cacheBytesMax(cacheBytesMax);
                for (int i = 0; i < 6; i++) {
                    rig.append(EVENTS, i / 8.0, (i + 1) / 8.0);
                    try (Stepper stepper =
                            Engine.on(rig.log, rig.options(1 + i % 3)).open(pipeline(windowing))) {
                        for (int step = 0; step < 7; step++) {
                            stepper.step();
                        }
                        rig.stores.crash();
                    }
                }
                rig.append(EVENTS, 6 / 8.0, 1);
                rig.finish(pipeline(windowing), 2);
                assertThat(rig.results()).isEqualTo(expected(windowing));
            }
        }
    }

    @Test
    void changesWaitWhereThereIsRoom() {
        try (SavepointRig rig = stored(NEVER_CUT)) {
            Spy spy = new Spy(rig.stores);
            rig.backend = StateBackend.in(spy).cacheBytesMax(1 << 20);
            rig.append(EVENTS, 0, 0.5);
            try (Stepper stepper = Engine.on(rig.log, rig.options(2)).open(tumbling())) {
                while (stepper.step().hasMore()) {}
                assertThat(spy.entries()).isZero();
            }
            rig.with(tumbling(), 1, stepper -> {
                assertThat(spy.entries()).isPositive();
                return 0;
            });
            finishes(rig, tumbling(), expected(Tumbling.of(Duration.ofMillis(100))));
        }
    }

    @Test
    void theChangelogStaysShort() {
        try (SavepointRig rig = cutOff()) {
            long records = rig.log.offsets(CHANGELOG).end()
                    - rig.log.offsets(CHANGELOG).start();
            assertThat(records).isLessThan(rig.log.offsets(CHANGELOG).end() / 2);
            finishes(rig, tumbling(), expected(Tumbling.of(Duration.ofMillis(100))));
        }
    }

    @ParameterizedTest
    @MethodSource("windowings")
    void aStoreIsMadeAgainFromAWholeChangelog(Windowing windowing) {
        TreeMap<String, String> expected = expected(windowing);
        List<java.util.function.Consumer<SimulatedStores>> mishaps = List.of(
                SimulatedStores::lose,
                SimulatedStores::damage,
                stores -> stores.bringBack(new SimulatedStores(1).backup()));
        for (var mishap : mishaps) {
            try (SavepointRig rig = stored(NEVER_CUT)) {
                rig.append(EVENTS, 0, 0.5);
                rig.run(pipeline(windowing), 2);
                mishap.accept(rig.stores);
                finishes(rig, pipeline(windowing), expected);
            }
        }
    }

    @Test
    void anOlderStoreCatchesUp() {
        try (SavepointRig rig = stored(NEVER_CUT)) {
            rig.append(EVENTS, 0, 0.2);
            rig.run(tumbling(), 2);
            SimulatedStores.Backup older = rig.stores.backup();
            rig.append(EVENTS, 0.2, 0.5);
            rig.run(tumbling(), 2);
            rig.stores.bringBack(older);
            finishes(rig, tumbling(), expected(Tumbling.of(Duration.ofMillis(100))));
        }
    }

    @Test
    void whatIsInTheStoreAloneIsMissed() {
        try (SavepointRig rig = cutOff()) {
            SimulatedStores.Backup backup = rig.stores.backup();
            rig.stores.lose();
            isRefused(rig, "is not whole: its store cannot be used (there is none)");
            rig.stores.bringBack(backup);
            rig.stores.damage();
            isRefused(rig, "(the simulated store of 'stored' is damaged)");
            rig.stores.bringBack(backup);
            rig.append(EVENTS, 0.5, 0.8);
            rig.run(tumbling(), 1);
            SimulatedStores.Backup newer = rig.stores.backup();
            rig.stores.bringBack(backup);
            isRefused(rig, "it has come to offset ");
            rig.stores.bringBack(newer);
            rig.append(EVENTS, 0.8, 1);
            rig.finish(tumbling(), 3);
            assertThat(rig.results()).isEqualTo(expected(Tumbling.of(Duration.ofMillis(100))));
        }
    }

    private static void isRefused(SavepointRig rig, String why) {
        assertThatThrownBy(() -> rig.run(tumbling(), 1))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("restore a savepoint");
    }

    /** As after the loss of a log that was not synced. */
    @Test
    void aStoreAheadOfTheLogIsMadeAgain() {
        try (SavepointRig rig = stored(NEVER_CUT)) {
            rig.append(EVENTS, 0, 0.3);
            rig.run(tumbling(), 2);
            SimulatedDisk before = rig.logDisk.copy();
            rig.append(EVENTS, 0.3, 0.5);
            rig.run(tumbling(), 2);
            rig.log.close();
            before.processCrash();
            rig.log = EmbeddedLog.open(
                    before,
                    LogOptions.defaults()
                            .preallocateBytes(0)
                            .segmentBytes(64 << 10)
                            .clock(rig.clock));
            rig.append(EVENTS, 0.3, 0.5);
            finishes(rig, tumbling(), expected(Tumbling.of(Duration.ofMillis(100))));
        }
    }

    @Test
    void memoryTakesOverAWholeChangelogAndGivesItBack() {
        try (SavepointRig rig = stored(NEVER_CUT)) {
            StateBackend store = rig.backend;
            for (int i = 0; i < 8; i++) {
                rig.backend = i % 2 == 0 ? store : StateBackend.inMemory();
                rig.append(EVENTS, i / 8.0, (i + 1) / 8.0);
                rig.run(tumbling(), 1 + i % 3);
            }
            rig.finish(tumbling(), 2);
            assertThat(rig.results()).isEqualTo(expected(Tumbling.of(Duration.ofMillis(100))));
        }
    }

    @Test
    void memoryDoesNotTakeOverAPart() {
        try (SavepointRig rig = cutOff()) {
            rig.backend = StateBackend.inMemory();
            assertThatThrownBy(() -> rig.run(tumbling(), 1))
                    .isInstanceOf(PipelineException.class)
                    .hasMessage("the state of pipeline 'stored' is in a state store: run it with that. To have it in"
                            + " memory, take a savepoint and restore it with --replace");
        }
    }

    @ParameterizedTest
    @MethodSource("aligned")
    void savepointsMoveItBetweenStoresAndMemory(Windowing windowing) {
        try (SavepointRig rig = stored(0)) {
            moveBySavepoints(rig, pipeline(windowing));
            assertThat(rig.results()).isEqualTo(expected(windowing));
        }
    }

    @Test
    void savepointsMoveAFunctionBetweenStoresAndMemory() {
        try (SavepointRig rig = stored(0)) {
            moveBySavepoints(rig, function("only"));
            assertThat(values(rig)).isEqualTo(expectedOfFunction());
        }
    }

    private static void moveBySavepoints(SavepointRig rig, Pipeline pipeline) {
        StateBackend store = rig.backend;
        for (int i = 0; i < 6; i++) {
            rig.backend = i % 2 == 0 ? store : StateBackend.inMemory();
            rig.append(EVENTS, i / 6.0, (i + 1) / 6.0);
            rig.run(pipeline, 1 + i % 3, 30);
            String file = rig.savepoints.create(rig.log, pipeline).file();
            rig.savepoints.verify(file);
            rig.savepoints.restore(
                    file, rig.log, pipeline, RestoreOptions.keepAll().replace(true));
        }
        rig.finish(pipeline, 2);
    }

    @ParameterizedTest
    @MethodSource("windowings")
    void anOperatorsFormerNameIsKnown(Windowing windowing) {
        try (SavepointRig rig = stored(0)) {
            rig.append(EVENTS, 0, 0.5);
            rig.run(named(windowing, results -> results.as("before")), 2);
            rig.append(EVENTS, 0.5, 0.6);
            rig.run(named(windowing, results -> results.as("after").formerly("before")), 1, 3);
            rig.append(EVENTS, 0.6, 1);
            rig.finish(named(windowing, results -> results.as("last").formerly("before", "after")), 3);
            assertThat(rig.results()).isEqualTo(expected(windowing));
        }
    }

    private static Pipeline named(Windowing windowing, UnaryOperator<ResultStream<String, Long>> names) {
        return SavepointRig.pipeline(
                NAME, Duration.ofMillis(50), windowing, UnaryOperator.identity(), Aggregate.sum(Event::number), names);
    }

    @Test
    void aFunctionIsFoundUnderItsFormerNames() {
        try (SavepointRig rig = stored(0)) {
            rig.append(EVENTS, 0, 0.5);
            rig.run(function("before"), 2);
            rig.append(EVENTS, 0.5, 1);
            rig.run(function("after", "before"), 1, 3);
            rig.finish(function("last", "before", "after"), 3);
            assertThat(values(rig)).isEqualTo(expectedOfFunction());
        }
    }

    private static List<String> expectedOfFunction() {
        try (SavepointRig rig = new SavepointRig(3)) {
            rig.append(EVENTS, 0, 1);
            rig.finish(function("only"), 1);
            return values(rig);
        }
    }

    private static List<String> values(SavepointRig rig) {
        List<String> values = new ArrayList<>();
        TopicRecords.forEach(
                rig.log,
                SavepointRig.RESULTS,
                record -> values.add(new String(Objects.requireNonNull(record.value()), StandardCharsets.UTF_8)));
        return values.stream().sorted().toList();
    }

    private static Pipeline function(String name, String... formerNames) {
        return Pipeline.named(NAME)
                .from(Topic.of(SavepointRig.SOURCE, Codec.text()))
                .eventTime(
                        text -> Instant.ofEpochMilli(Event.of(text).time()),
                        Watermark.outOfOrderBy(Duration.ofMillis(50)))
                .keyBy(text -> Event.of(text).key())
                .process(new Recent(), Codec.text())
                .as(name)
                .formerly(formerNames)
                .to(SavepointRig.RESULTS, Codec.text());
    }

    /** Tells, a while after an element, how many there were not long before. */
    private static final class Recent implements ProcessFunction<String, String, String> {
        private static final long serialVersionUID = 1;
        private static final ListStateDescriptor<String> RECENT =
                ListState.of("recent", Codec.text()).withTtl(Ttl.eventTime(Duration.ofMillis(400)));

        @Override
        public List<StateDescriptor> states() {
            return List.of(RECENT);
        }

        @Override
        public void process(String element, ProcessContext<String, String> context) {
            context.state(RECENT).add(element);
            context.setEventTimer(context.time().plusMillis(300));
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<String, String> context) {
            context.collect(context.key() + timer.time() + context.state(RECENT).values());
        }
    }

    @Test
    void aSavepointWithoutTheStoreIsRefused() {
        try (SavepointRig rig = cutOff()) {
            rig.stores.lose();
            assertThatThrownBy(() -> rig.savepoints.create(rig.log, tumbling()))
                    .isInstanceOf(SavepointException.class)
                    .hasMessageContaining("its store cannot be used (there is none)");
        }
    }

    @Test
    void theStatusKnowsWhatWaits() {
        try (SavepointRig memory = new SavepointRig(3);
                SavepointRig stored = stored(0)) {
            // One partition holds the windows open that the other's records are late for.
            List<List<String>> uneven = List.of(EVENTS.get(0), EVENTS.get(1).subList(0, 5));
            for (SavepointRig rig : List.of(memory, stored)) {
                rig.append(uneven, 0, 1);
                rig.run(tumbling(), 2);
                rig.correct(tumbling(), 2);
            }
            var expected = Engine.on(memory.log, memory.options(1)).status(tumbling());
            var actual = Engine.on(stored.log, stored.options(1)).status(tumbling());
            assertThat(expected.orElseThrow().ledger().deferred()).isPositive();
            assertThat(actual.orElseThrow().ledger())
                    .isEqualTo(expected.orElseThrow().ledger());
        }
    }

    @Test
    void theBudgetCountsWhatIsInTheStore() {
        try (SavepointRig rig = cutOff()) {
            try (var stepper =
                    Engine.on(rig.log, rig.options(2).stateBytesMax(2_000)).open(tumbling())) {
                rig.append(EVENTS, 0.5, 1);
                assertThatThrownBy(() -> {
                            while (stepper.step().hasMore()) {}
                        })
                        .isInstanceOf(PipelineException.class)
                        .hasMessageContaining("would exceed its state budget of 2000 bytes");
            }
        }
    }

    /** While a window closes in pieces a source that was idle goes on: time turns back, and more comes for that window. */
    @Test
    void nothingIsPassedByWhereAWindowIsInTheMidstOfClosing() {
        Pipeline pipeline = SavepointRig.to(Pipeline.named(NAME)
                .from(Topic.of(SavepointRig.SOURCE, Codec.text()))
                .map(Event::of)
                .eventTime(
                        event -> Instant.ofEpochMilli(event.time()),
                        Watermark.outOfOrderBy(Duration.ZERO).idleAfter(Duration.ofSeconds(10)))
                .keyBy(Event::key)
                .window(Tumbling.of(Duration.ofMillis(100)))
                .aggregate(Aggregate.count()));
        List<String> first = new ArrayList<>(keys(0, 20));
        first.add("end 1000 0");
        try (SavepointRig rig = stored(0);
                Stepper stepper = Engine.on(rig.log, rig.options(1)).open(pipeline)) {
            rig.append(List.of(first, List.of()), 0, 1);
            while (stepper.step().hasMore()) {}
            rig.clock.advance(Duration.ofMinutes(1));
            stepper.step();
            stepper.step();
            assertThat(rig.results()).as("in pieces").hasSizeBetween(1, 19);
            rig.append(List.of(List.of(), keys(0, 40)), 0, 1);
            while (stepper.step().hasMore()) {}
            rig.append(List.of(List.of(), List.of("end 1000 0")), 0, 1);
            while (stepper.step().hasMore()) {}
            while (stepper.closeAll().hasMore()) {}
            TreeMap<String, String> counts = rig.results();
            for (int i = 0; i < 40; i++) {
                assertThat(counts.get("k" + i + " " + new Window(0, 100)))
                        .as("key %d", i)
                        .isEqualTo(i < 20 ? "2" : "1");
            }
        }
    }

    private static List<String> keys(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "k" + i + " 5 1").toList();
    }

    /** Keeps the store that was opened last. */
    private static final class Spy implements StateStores {
        private final StateStores stores;
        private final List<StateStore> opened = new ArrayList<>();

        Spy(StateStores stores) {
            this.stores = stores;
        }

        @Override
        public StateStore open(String pipeline) {
            StateStore store = stores.open(pipeline);
            opened.add(store);
            return store;
        }

        @Override
        public void delete(String pipeline) {
            stores.delete(pipeline);
        }

        @Override
        public Optional<StateView> view(String pipeline) {
            return stores.view(pipeline);
        }

        /** But for the header and the totals. */
        long entries() {
            long entries = 0;
            try (StateScan scan = opened.get(opened.size() - 1).scan(new byte[] {2}, new byte[] {3})) {
                while (scan.next()) {
                    entries++;
                }
            }
            return entries;
        }
    }
}
