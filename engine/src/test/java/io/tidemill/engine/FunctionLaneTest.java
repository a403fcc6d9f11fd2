package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Codec;
import io.tidemill.api.Pane;
import io.tidemill.api.plan.KeyedFunction;
import io.tidemill.api.plan.Row;
import io.tidemill.api.process.ListState;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.MapState;
import io.tidemill.api.process.MapStateDescriptor;
import io.tidemill.api.process.OutputTag;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.ProcessOptions;
import io.tidemill.api.process.ProcessOrder;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.TimeDomain;
import io.tidemill.api.process.Timer;
import io.tidemill.api.process.Ttl;
import io.tidemill.api.process.ValueState;
import io.tidemill.api.process.ValueStateDescriptor;
import io.tidemill.engine.LaneRig.Arrival;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions with state and timers, against a walk over each key's elements with plain collections. */
@ParameterizedClass
@ValueSource(longs = {LaneRig.IN_MEMORY, 0, 3_000})
final class FunctionLaneTest {
    /** How much of a store is kept in memory, if there is one. */
    @Parameter
    long cacheBytes;

    private static final int ROUNDS = 80;

    @TempDir
    Path directory;

    private LaneRig rig(Path in, ProcessPlan plan, int lanes) {
        return new LaneRig(in, plan, lanes, cacheBytes, null);
    }

    private LaneRig rig(Path in, ProcessPlan plan, int lanes, List<RowOutput> outputs) {
        return new LaneRig(in, plan, lanes, cacheBytes, outputs);
    }

    /** Uses everything there is, and fails now and then when it has done half of it. */
    private record Busy(Codec<String> text) implements ProcessFunction<Object, Object, Object> {
        private static final ValueStateDescriptor<Long> COUNT = ValueState.of("count", Codec.int64());
        private static final ValueStateDescriptor<String> RECENT =
                ValueState.of("recent", Codec.text()).withTtl(Ttl.eventTime(Duration.ofMillis(7)));
        private static final ListStateDescriptor<String> LIST =
                ListState.of("list", Codec.text()).withTtl(Ttl.eventTime(Duration.ofMillis(25)));
        private static final MapStateDescriptor<String, Long> MAP = MapState.of("map", Codec.text(), Codec.int64());

        @Override
        public List<StateDescriptor> states() {
            return List.of(COUNT, RECENT, LIST, MAP);
        }

        @Override
        public void process(Object element, ProcessContext<Object, Object> context) {
            int dice = Math.floorMod(element.hashCode() * 31, 97);
            long time = context.time().toEpochMilli();
            long count = context.state(COUNT).valueOr(0L) + 1;
            context.state(COUNT).update(count);
            context.state(LIST).add(element.toString());
            context.state(MAP).put("m" + dice % 4, time);
            context.setEventTimer(Instant.ofEpochMilli(time + dice % 20 - 3));
            if (dice % 5 == 0) {
                context.cancelEventTimer(Instant.ofEpochMilli(time + dice % 3));
                context.state(MAP).remove("m" + dice % 3);
            }
            context.collect(element + " #" + count + " " + context.state(RECENT).valueOr("-") + " "
                    + context.state(LIST).values().size() + " "
                    + context.state(MAP).entries());
            if (dice % 7 == 0) {
                context.state(LIST).clear();
                throw new IllegalStateException("as it happens");
            }
            context.state(RECENT).update(element.toString());
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<Object, Object> context) {
            long time = timer.time().toEpochMilli();
            context.collect(context.key() + " timer " + time + " "
                    + context.state(COUNT).valueOr(0L) + " "
                    + context.state(RECENT).valueOr("-") + " "
                    + context.state(LIST).values());
            if (time % 3 == 0) {
                context.state(LIST).clear();
                context.state(COUNT).clear();
                context.setEventTimer(Instant.ofEpochMilli(time + 4 + time % 5));
            }
            if (time % 4 == 0) {
                throw new IllegalStateException("as it happens");
            }
            context.collect("again " + context.key() + time);
        }
    }

    private static ProcessPlan plan(ProcessFunction<Object, Object, Object> function, ProcessOptions options) {
        return Plans.of("process", FunctionOperator.of(KeyedFunction.of(function)), 1, options);
    }

    private static List<String> oracle(ProcessFunction<Object, Object, Object> function, List<Arrival> all, long end)
            throws Exception {
        List<String> results = new ArrayList<>();
        Map<String, List<Arrival>> byKey =
                all.stream().collect(Collectors.groupingBy(Arrival::key, TreeMap::new, Collectors.toList()));
        for (Map.Entry<String, List<Arrival>> key : byKey.entrySet()) {
            ModelContext model = new ModelContext(key.getKey());
            List<Row> rows = new ArrayList<>(
                    key.getValue().stream().map(Arrival::row).sorted(Row.ORDER).toList());
            while (!rows.isEmpty() || (!model.timers.isEmpty() && model.timers.first() < end)) {
                boolean isRow = !rows.isEmpty()
                        && (model.timers.isEmpty() || rows.get(0).timeMillis() <= model.timers.first());
                long time = isRow ? rows.get(0).timeMillis() : model.timers.pollFirst();
                model.begin(time, !isRow);
                try {
                    if (isRow) {
                        function.process(rows.remove(0).value(), model);
                    } else {
                        function.onTimer(new Timer(Instant.ofEpochMilli(time), TimeDomain.EVENT_TIME), model);
                    }
                    model.commit();
                } catch (IllegalStateException e) {
                    model.undo();
                }
            }
            results.addAll(model.results);
        }
        return results.stream().sorted().toList();
    }

    @Test
    void theSameInWhateverOrderAndStepsElementsCome() throws Exception {
        Busy function = new Busy(Codec.text());
        for (long seed = 0; seed < ROUNDS; seed++) {
            RandomRun run = new RandomRun(seed);
            List<Arrival> all =
                    RandomRun.arrivals(run.random(), 5 + run.random().nextInt(60), 1, 150);
            try (LaneRig rig = rig(directory.resolve("" + seed), plan(function, ProcessOptions.defaults()), 2)) {
                run.runTo(rig, all, 300);
                assertThat(rig.standingValues()).as("seed %d", seed).isEqualTo(oracle(function, all, 300));
                assertThat(rig.told()).as("each result is told once").hasSameSizeAs(rig.standingValues());
                assertThat(rig.deadLetters()).isEqualTo(rig.counts.failed);
                assertThat(rig.counts.in).isEqualTo(all.size()).isEqualTo(rig.counts.done);
            }
        }
    }

    private static Arrival element(long time, String value) {
        return new Arrival("k", new Row(0, time, LaneRig.origin(0, 0, time, value.hashCode()), value));
    }

    /** Timers by the second element of a text. */
    private record OnTimer(boolean again) implements ProcessFunction<Object, Object, Object> {
        @Override
        public void process(Object element, ProcessContext<Object, Object> context) {
            context.collect(element);
            context.setEventTimer(context.time().plusMillis(10));
            context.setProcessingTimer(context.processingTime().plusMillis(100));
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<Object, Object> context) {
            context.collect(timer.domain() + " " + timer.time().toEpochMilli());
            if (again) {
                context.setEventTimer(context.time().plusMillis(10));
            }
        }
    }

    @Test
    void aTimerGoesOffAfterTheElementsOfItsMillisecond() {
        try (LaneRig rig = rig(directory, plan(new OnTimer(false), ProcessOptions.defaults()), 1)) {
            rig.step(List.of(element(5, "a"), element(15, "b")), 15, 100, false);
            assertThat(rig.told()).containsExactly("a 0 FINAL");
            rig.step(List.of(), 16, 100, false);
            assertThat(rig.told()).containsExactly("a 0 FINAL", "b 0 FINAL", "EVENT_TIME 15 0 FINAL");
        }
    }

    @Test
    void timersByTheClockGoOffWithTheNextStepAlsoAfterARestart() {
        try (LaneRig rig = rig(directory, plan(new OnTimer(false), ProcessOptions.defaults()), 1)) {
            rig.now = Instant.ofEpochMilli(1_000);
            rig.step(List.of(element(5, "a")), 6, 100, false);
            assertThat(rig.nextTimerAt()).isEqualTo(1_100);
            rig.restore(4);
            assertThat(rig.nextTimerAt()).isEqualTo(1_100);
            rig.now = Instant.ofEpochMilli(1_099);
            rig.step(List.of(), 6, 100, false);
            assertThat(rig.told()).containsExactly("a 0 FINAL");
            rig.now = Instant.ofEpochMilli(1_200);
            rig.step(List.of(), 6, 100, false);
            rig.step(List.of(), 6, 100, false);
            assertThat(rig.told()).containsExactly("a 0 FINAL", "PROCESSING_TIME 1100 0 FINAL");
            assertThat(rig.nextTimerAt()).isEqualTo(Long.MAX_VALUE);
        }
    }

    @Test
    void aTimerThatSetsAnotherDoesNotKeepARunFromEnding() {
        try (LaneRig rig = rig(directory, plan(new OnTimer(true), ProcessOptions.defaults()), 1)) {
            rig.step(List.of(element(5, "a"), element(27, "b")), Long.MAX_VALUE, 1_000, false);
            assertThat(rig.hasMore()).isFalse();
            assertThat(rig.told())
                    .containsExactly(
                            "a 0 FINAL",
                            "EVENT_TIME 15 0 FINAL",
                            "EVENT_TIME 25 0 FINAL",
                            "b 0 FINAL",
                            "EVENT_TIME 35 0 FINAL",
                            "EVENT_TIME 37 0 FINAL");
            rig.restore(1);
            rig.step(List.of(), 46, 1_000, false);
            assertThat(rig.told()).endsWith("EVENT_TIME 45 0 FINAL");
        }
    }

    @Test
    void tooManyTimersFailTheElementAndTooManyElementsThePipeline() {
        ProcessOptions options = ProcessOptions.defaults().timersPerKeyMax(3).rowsPerKeyMax(3);
        try (LaneRig rig = rig(directory, plan(new OnTimer(false), options), 1)) {
            rig.step(List.of(element(1, "a"), element(2, "b"), element(3, "c")), 5, 100, false);
            assertThat(rig.told())
                    .as("one for each, and one by the clock for both")
                    .containsExactly("a 0 FINAL", "b 0 FINAL");
            assertThat(rig.deadLetters()).isOne();
            assertThatThrownBy(() -> rig.step(
                            List.of(element(6, "a"), element(7, "b"), element(8, "c"), element(9, "d")), 5, 100, false))
                    .isInstanceOf(PipelineException.class)
                    .hasMessageContaining("more than 3 elements of one key wait in 'process'");
        }
    }

    @Test
    void inTheOrderOfArrivalNothingWaits() {
        ProcessOptions options = ProcessOptions.defaults().order(ProcessOrder.ARRIVAL);
        ProcessFunction<Object, Object, Object> function = (element, context) -> context.collect(element);
        try (LaneRig rig = rig(directory, plan(function, options), 1)) {
            rig.step(List.of(element(9, "a"), element(3, "b")), 5, 100, false);
            assertThat(rig.told()).containsExactly("a 0 FINAL", "b 0 FINAL");
            assertThat(rig.waiting()).isZero();
            assertThat(rig.entries()).isZero();
        }
    }

    @Test
    void whatIsNotDeclaredIsRefused() {
        ProcessFunction<Object, Object, Object> function = (element, context) -> {
            if (element.equals("state")) {
                context.state(ValueState.of("x", Codec.text())).update("");
            } else if (element.equals("output")) {
                context.output(OutputTag.of("x", Codec.text()), "");
            } else {
                context.collect(element);
            }
        };
        try (LaneRig rig = rig(directory, plan(function, ProcessOptions.defaults()), 1)) {
            rig.step(List.of(element(1, "state"), element(2, "output"), element(3, "fine")), 5, 100, false);
            assertThat(rig.told()).containsExactly("fine 0 FINAL");
            assertThat(rig.deadLetters()).isEqualTo(2);
        }
    }

    /** Sends texts to the output that they name. */
    private record Branching(OutputTag<String> odd, OutputTag<String> even)
            implements ProcessFunction<Object, Object, Object> {
        @Override
        public List<OutputTag<?>> outputs() {
            return List.of(odd, even);
        }

        @Override
        public void process(Object element, ProcessContext<Object, Object> context) {
            context.collect(element);
            context.output(element.toString().length() % 2 == 0 ? even : odd, element.toString());
        }
    }

    @Test
    void eachOutputHasItsResultsAndThoseWithoutAStreamAreCounted() {
        List<List<String>> got = List.of(new ArrayList<>(), new ArrayList<>());
        List<RowOutput> outputs = got.stream().map(FunctionLaneTest::into).toList();
        Branching function = new Branching(OutputTag.of("odd", Codec.text()), OutputTag.of("even", Codec.text()));
        try (LaneRig rig = rig(directory, plan(function, ProcessOptions.defaults()), 1, outputs)) {
            rig.step(List.of(element(1, "a"), element(2, "bb"), element(3, "ccc")), 5, 100, false);
            assertThat(got.get(0)).containsExactly("a", "bb", "ccc");
            assertThat(got.get(1)).containsExactly("a", "ccc");
            assertThat(rig.counts.out).isEqualTo(5);
            assertThat(rig.counts.dropped()).containsExactly(Map.entry(OperatorCounts.NO_STREAM, 1L));
        }
    }

    private static RowOutput into(List<String> values) {
        return new RowOutput() {
            @Override
            public void emit(RowId row, Object value, int revision, Pane pane) {
                values.add(value.toString());
            }

            @Override
            public void replace(RowId row, @Nullable Object former, Object value, int revision, Pane pane) {
                throw new AssertionError("functions replace nothing");
            }

            @Override
            public void retract(RowId row, Object former, int revision, Pane pane) {
                throw new AssertionError("functions take nothing back");
            }

            @Override
            public void fail(RowId row, byte @Nullable [] payload, int revision, Pane pane, Throwable error) {
                throw new AssertionError(error);
            }
        };
    }

    @Test
    void whatWaitsForOneInstantIsInMemoryOnlyWithoutStore() {
        int count = 1_000;
        boolean isStored = cacheBytes != LaneRig.IN_MEMORY;
        int waitingMax = isStored ? 59 : count;
        int turnMax = isStored ? 199 : count;
        try (LaneRig rig = rig(directory, plan(new Reminding(), ProcessOptions.defaults()), 2)) {
            List<Arrival> arrivals = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Row row = new Row(0, 1_000, LaneRig.origin(1, 0, i, 0), "e" + i);
                arrivals.add(new Arrival("k" + i, row));
            }
            rig.step(arrivals, 10, 100, false);
            rig.step(List.of(), 10, 100, false);
            assertThat(rig.keysInMemory()).as("with elements that wait").isBetween(isStored ? 0 : count, waitingMax);
            do {
                rig.step(List.of(), 2_000, 30, false);
                assertThat(rig.keysInMemory()).as("while they have their turn").isLessThanOrEqualTo(turnMax);
            } while (rig.hasMore());
            rig.step(List.of(), 2_000, 30, false);
            assertThat(rig.keysInMemory()).as("with timers").isBetween(isStored ? 0 : count, waitingMax);
            rig.restore(2);
            do {
                rig.step(List.of(), 6_000, 30, false);
            } while (rig.hasMore());
            assertThat(rig.told()).hasSize(count);
            assertThat(rig.waiting()).isZero();
        }
    }

    /** Tells of a key at one instant for all. */
    private static final class Reminding implements ProcessFunction<Object, Object, Object> {
        private static final long serialVersionUID = 1;

        @Override
        public void process(Object element, ProcessContext<Object, Object> context) {
            context.setEventTimer(Instant.ofEpochMilli(5_000));
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<Object, Object> context) {
            context.collect(context.key());
        }
    }

    @Test
    void theOutputWatermarkStaysWhereTheStepHasEnded() {
        ProcessFunction<Object, Object, Object> function = (element, context) -> context.collect(element);
        try (LaneRig rig = rig(directory, plan(function, ProcessOptions.defaults()), 1)) {
            assertThat(rig.outputWatermark()).isEqualTo(Long.MIN_VALUE);
            rig.step(List.of(element(1, "a"), element(4, "b"), element(9, "c")), 8, 1, false);
            assertThat(rig.hasMore()).isTrue();
            assertThat(rig.outputWatermark()).isEqualTo(4);
            rig.step(List.of(), 8, 1, false);
            assertThat(rig.outputWatermark()).isEqualTo(8);
        }
    }

    @Test
    void whatCannotBeEncodedDoesNotWait() {
        Object unfit = new Object() {
            @Override
            public String toString() {
                throw new IllegalStateException("no text");
            }
        };
        ProcessFunction<Object, Object, Object> function = (element, context) -> context.collect(element);
        try (LaneRig rig = rig(directory, plan(function, ProcessOptions.defaults()), 1)) {
            rig.step(
                    List.of(new Arrival("k", new Row(0, 1, LaneRig.origin(0, 0, 1, 0), unfit)), element(2, "b")),
                    5,
                    100,
                    false);
            assertThat(rig.told()).containsExactly("b 0 FINAL");
            assertThat(rig.deadLetters()).isOne();
            assertThat(rig.entries()).isZero();
        }
    }

    @Test
    void whatExpiresByTheClockIsNotSeenAndItsRoomIsGivenBack() {
        ValueStateDescriptor<String> last =
                ValueState.of("last", Codec.text()).withTtl(Ttl.processingTime(Duration.ofMillis(100)));
        ProcessFunction<Object, Object, Object> function = new Remembering(last);
        try (LaneRig rig = rig(directory, plan(function, ProcessOptions.defaults()), 1)) {
            rig.step(List.of(element(1, "a")), 2, 100, false);
            rig.now = Instant.ofEpochMilli(99);
            rig.step(List.of(element(3, "b")), 4, 100, false);
            rig.now = Instant.ofEpochMilli(199);
            rig.restore(2);
            rig.step(List.of(element(5, "c")), 6, 100, false);
            assertThat(rig.told()).containsExactly("a after - 0 FINAL", "b after a 0 FINAL", "c after - 0 FINAL");
            assertThat(rig.entries()).isOne();
            rig.now = Instant.ofEpochMilli(299);
            rig.step(List.of(), 6, 100, false);
            assertThat(rig.entries()).isZero();
        }
    }

    /** Tells each element with the one before. */
    private record Remembering(ValueStateDescriptor<String> last) implements ProcessFunction<Object, Object, Object> {
        @Override
        public List<StateDescriptor> states() {
            return List.of(last);
        }

        @Override
        public void process(Object element, ProcessContext<Object, Object> context) {
            context.collect(element + " after " + context.state(last).valueOr("-"));
            context.state(last).update(element.toString());
        }
    }
}
