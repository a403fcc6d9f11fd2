package io.tidemill.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.engine.state.StateChanges;
import io.tidemill.engine.state.StateScan;
import io.tidemill.engine.state.StateStore;
import io.tidemill.engine.state.StateStores;
import io.tidemill.engine.state.StateView;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.testkit.SimulatedDisk;
import io.tidemill.testkit.SimulatedStores;
import io.tidemill.testkit.VirtualClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions in a store, by what a restart leaves there. A record is a key and a time in milliseconds. */
final class StoredSessionsTest {
    /** More than are looked at at once. */
    private static final int KEYS = 2_500;

    private static final int MANY_RESULTS = 200_000;
    private static final TopicPartition IN = new TopicPartition("in", 0);
    private static final TopicPartition OUT = new TopicPartition("out", 0);
    private static final CompiledPipeline PIPELINE = new CompiledPipeline(Pipeline.named("stored")
            .from(Topic.of("in", Codec.text()))
            .eventTime(
                    text -> Instant.ofEpochMilli(Long.parseLong(text.substring(text.indexOf(' ') + 1))),
                    Watermark.outOfOrderBy(Duration.ofMillis(500)))
            .keyBy(text -> text.substring(0, text.indexOf(' ')))
            // With a maximum, what a changelog says of a key is when it must be looked at, long before it is due.
            .window(Session.withGap(Duration.ofSeconds(10)).maxDuration(Duration.ofHours(1)))
            .aggregate(Aggregate.count())
            .to("out", result -> result.key() + " " + result.window() + "=" + result.value(), Codec.text()));

    private static final class Rig implements AutoCloseable {
        final VirtualClock clock = new VirtualClock(Instant.parse("2100-01-01T00:00:00Z"));
        final SimulatedStores stores = new SimulatedStores(1);
        final EmbeddedLog log = EmbeddedLog.open(
                new SimulatedDisk(1), LogOptions.defaults().preallocateBytes(0).clock(clock));
        StateBackend backend = StateBackend.in(stores).cacheBytesMax(0);
        int resultsPerStepMax = MANY_RESULTS;

        Rig() {
            log.createTopic("in", TopicConfig.of(1).retention(null));
            log.createTopic("out", TopicConfig.of(1).retention(null));
        }

        /** Holds what a crash has left of a store: nothing, so that it is made again from the changelog. */
        static Rig restarted() {
            Rig rig = new Rig();
            for (int i = 0; i < KEYS; i++) {
                rig.append("k" + i, 1_000 + i);
            }
            try (PipelineTask task = rig.open()) {
                rig.finish(task);
            }
            rig.stores.lose();
            return rig;
        }

        Spy spy(int litter) {
            Spy spy = new Spy(stores, litter);
            backend = StateBackend.in(spy).cacheBytesMax(0);
            return spy;
        }

        void append(String key, long millis) {
            log.commit(Commit.of(IN, 0, null, (key + " " + millis).getBytes(StandardCharsets.UTF_8)));
        }

        PipelineTask open() {
            return PipelineTask.open(
                    PIPELINE,
                    log,
                    EngineOptions.defaults()
                            .clock(clock)
                            .lanes(1)
                            .resultsPerStepMax(resultsPerStepMax)
                            .stateBackend(backend));
        }

        void finish(PipelineTask task) {
            while (task.stepLive().hasMore()) {
                clock.advance(Duration.ofMillis(1));
            }
        }

        List<String> results() {
            List<String> results = new ArrayList<>();
            RecordCursor records = new RecordCursor();
            for (long at = 0; at < log.offsets(OUT).end(); at = records.nextOffset()) {
                log.fetch(OUT, at, 1 << 20, records);
                while (records.next()) {
                    results.add(new String(records.value(), StandardCharsets.UTF_8));
                }
            }
            results.sort(null);
            return results;
        }

        @Override
        public void close() {
            log.close();
        }
    }

    @Test
    void idleStepsComeToRest() {
        try (Rig rig = Rig.restarted()) {
            Spy spy = rig.spy(0);
            try (PipelineTask task = rig.open()) {
                rig.finish(task);
                spy.changes = 0;
                for (int i = 0; i < 5; i++) {
                    rig.clock.advance(Duration.ofSeconds(1));
                    assertThat(task.stepLive().committed()).isFalse();
                }
                assertThat(spy.changes).as("what idle steps wrote").isZero();
                assertThat(task.stages.get(0).lanes.get(0).state.storeChanges().bytes())
                        .as("what idle steps kept")
                        .isZero();
            }
        }
    }

    @Test
    void elementsAfterAnIdleStepLeaveNoPlacesBehind() {
        try (Rig rig = Rig.restarted()) {
            Spy spy = rig.spy(0);
            try (PipelineTask task = rig.open()) {
                rig.finish(task);
                for (int i = 0; i < KEYS; i++) {
                    rig.append("k" + i, 9_000);
                }
                rig.append("last", 14_000);
                rig.finish(task);
                assertThat(spy.places()).isEqualTo(KEYS + 1);
            }
        }
    }

    @Test
    void aKeyThatIsLetGoOfAndAskedForAgainInAStepKeepsItsPlace() {
        try (Rig rig = Rig.restarted()) {
            Spy spy = rig.spy(0);
            rig.backend = StateBackend.in(spy).cacheBytesMax(1 << 20);
            try (PipelineTask task = rig.open()) {
                byte[] key = "k0".getBytes(StandardCharsets.UTF_8);
                SessionLane lane = task.stages.get(0).sessionLanes.get(0);
                // As a correction does, of what feeds sessions and of their own late elements.
                task.beginStep();
                lane.fire(1_000 + KEYS, Integer.MAX_VALUE, Long.MAX_VALUE);
                assertThat(lane.find(key, Murmur2.hash(key, 0, key.length))).isNotNull();
                task.finishStep(false, null);
                rig.append("last", 30_000);
                rig.finish(task);
                assertThat(rig.results()).hasSize(KEYS);
                assertThat(spy.places()).isOne();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, MANY_RESULTS})
    void whatIsDueIsFoundBehindPlacesThatLeadNowhere(int resultsPerStepMax) {
        try (Rig rig = Rig.restarted()) {
            rig.resultsPerStepMax = resultsPerStepMax;
            Spy spy = rig.spy(KEYS);
            try (PipelineTask task = rig.open()) {
                rig.append("last", 30_000);
                rig.finish(task);
                assertThat(rig.results()).hasSize(KEYS);
                assertThat(spy.places()).as("places, of the last key alone").isOne();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void anyStepsHaveTheSameResults(long seed) {
        List<List<String>> inMemory =
                any(seed, backend -> EngineOptions.defaults().stateBackend());
        assertThat(inMemory.get(inMemory.size() - 1)).hasSizeGreaterThan(KEYS);
        assertThat(any(seed, UnaryOperator.identity())).as("seed %d", seed).isEqualTo(inMemory);
    }

    /** Restarts, what they lose of the store, and idle steps between what comes; the results, run by run. */
    private static List<List<String>> any(long seed, UnaryOperator<StateBackend> backend) {
        Random random = new Random(seed);
        List<List<String>> results = new ArrayList<>();
        try (Rig rig = new Rig()) {
            rig.backend = backend.apply(rig.backend);
            rig.resultsPerStepMax = random.nextBoolean() ? MANY_RESULTS : 700;
            long now = 1_000;
            boolean losing = true;
            for (int run = 0; run < 8; run++) {
                // What was ever found again may have been cut off the changelog.
                losing &= random.nextInt(4) > 0;
                if (losing) {
                    rig.stores.lose();
                }
                try (PipelineTask task = rig.open()) {
                    for (int idle = random.nextInt(3); idle > 0; idle--) {
                        rig.clock.advance(Duration.ofSeconds(random.nextInt(20)));
                        rig.finish(task);
                    }
                    appendSome(rig, now, random);
                    rig.finish(task);
                }
                results.add(rig.results());
                now += 1_000 + random.nextInt(9_000);
            }
            try (PipelineTask task = rig.open()) {
                rig.append("last", now + 60_000);
                rig.finish(task);
            }
            results.add(rig.results());
            return results;
        }
    }

    private static void appendSome(Rig rig, long from, Random random) {
        int share = 1 + random.nextInt(2);
        for (int i = 0; i < KEYS; i++) {
            if (random.nextInt(share) == 0) {
                rig.append("k" + i, from + random.nextInt(500));
            }
        }
        rig.append("tick", from + 1_000);
    }

    /** Shows the store that was opened last, counts changes, and can begin with places that lead nowhere. */
    private static final class Spy implements StateStores {
        private static final int OPERATOR = PIPELINE.stages.get(0).operatorId;
        private final StateStores stores;
        private final int litter;
        private @Nullable StateStore opened;
        int changes;

        Spy(StateStores stores, int litter) {
            this.stores = stores;
            this.litter = litter;
        }

        @Override
        public StateStore open(String pipeline) {
            StateStore store = new Counting(stores.open(pipeline));
            opened = store;
            StateChanges places = new StateChanges();
            for (int i = 0; i < litter; i++) {
                byte[] key = ("n" + i).getBytes(StandardCharsets.UTF_8);
                ByteSink place = new ByteSink();
                place.write(StoreKeys.due(OPERATOR, 500, key, Murmur2.hash(key, 0, key.length)));
                places.put(place, new ByteSink());
            }
            store.write(List.of(places), 0);
            return store;
        }

        int places() {
            int places = 0;
            try (StateScan scan = requireNonNull(opened)
                    .scan(StoreKeys.dueFrom(OPERATOR, Long.MIN_VALUE), StoreKeys.dueFrom(OPERATOR, Long.MAX_VALUE))) {
                while (scan.next()) {
                    places++;
                }
            }
            return places;
        }

        @Override
        public void delete(String pipeline) {
            stores.delete(pipeline);
        }

        @Override
        public Optional<StateView> view(String pipeline) {
            return stores.view(pipeline);
        }

        private final class Counting implements StateStore {
            private final StateStore store;

            Counting(StateStore store) {
                this.store = store;
            }

            @Override
            public void write(List<StateChanges> written, long mark) {
                written.forEach(each -> changes += each.count());
                store.write(written, mark);
            }

            @Override
            public void flush() {
                store.flush();
            }

            @Override
            public long durableMark() {
                return store.durableMark();
            }

            @Override
            public void get(List<byte[]> keys, Found found) {
                store.get(keys, found);
            }

            @Override
            public StateScan scan(byte[] from, byte[] to) {
                return store.scan(from, to);
            }

            @Override
            public byte @Nullable [] lastKey(byte[] from, byte[] to) {
                return store.lastKey(from, to);
            }

            @Override
            public void close() {
                store.close();
            }
        }
    }
}
