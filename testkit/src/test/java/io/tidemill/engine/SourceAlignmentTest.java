package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.WatermarkGenerator;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.testkit.SimulatedDisk;
import io.tidemill.testkit.VirtualClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Sources far apart in event time: who waits for whom, and for how long. A record is a time in milliseconds. */
final class SourceAlignmentTest {
    private static final Instant START = Instant.parse("2100-01-01T00:00:00Z");
    private static final Duration IDLE_AFTER = Duration.ofSeconds(10);
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final TopicPartition OLD = new TopicPartition("old", 0);
    private static final TopicPartition LIVE = new TopicPartition("live", 0);

    // ---- a log and a pipeline ----

    private static EventStream<String> events(String topic) {
        return Pipeline.named("aligned")
                .from(Topic.of(topic, Codec.text()))
                .as("from-" + topic)
                .eventTime(
                        text -> Instant.ofEpochMilli(Long.parseLong(text)),
                        Watermark.outOfOrderBy(Duration.ZERO).idleAfter(IDLE_AFTER))
                .as("time-" + topic);
    }

    private static Pipeline counted(EventStream<String> events, String out) {
        return events.keyBy(text -> "k")
                .window(Tumbling.of(Duration.ofHours(1)))
                .correctableFor(Duration.ZERO)
                .aggregate(Aggregate.count())
                .as("count-" + out)
                .to(out, result -> result.window() + "=" + result.value(), Codec.text());
    }

    private static Pipeline together() {
        return counted(events("old").union(events("live")), "out");
    }

    private static final class Rig implements AutoCloseable {
        final VirtualClock clock = new VirtualClock(START);
        final EmbeddedLog log = EmbeddedLog.open(
                new SimulatedDisk(1), LogOptions.defaults().preallocateBytes(0).clock(clock));

        Rig() {
            log.createTopic("old", TopicConfig.of(1).retention(null));
            log.createTopic("live", TopicConfig.of(1).retention(null));
        }

        /** One record for each hour. */
        void append(TopicPartition to, long fromHour, long hours) {
            for (long hour = fromHour; hour < fromHour + hours; hour++) {
                byte[] value = String.valueOf(hour * HOUR).getBytes(StandardCharsets.UTF_8);
                log.commit(Commit.of(to, 0, null, value));
            }
        }

        PipelineTask open(Pipeline pipeline, Duration driftMax) {
            EngineOptions options =
                    EngineOptions.defaults().clock(clock).stepBytesMax(1024).driftMax(driftMax);
            return PipelineTask.open(new CompiledPipeline(pipeline), log, options);
        }

        void endOf(PipelineTask task) {
            while (task.step().hasMore()) {
                // goes on
            }
            while (task.closeAll().hasMore()) {
                // goes on
            }
        }

        Set<String> results(String topic) {
            Set<String> results = new TreeSet<>();
            TopicPartition partition = new TopicPartition(topic, 0);
            RecordCursor records = new RecordCursor();
            for (long at = 0; at < log.offsets(partition).end(); at = records.nextOffset()) {
                log.fetch(partition, at, 1 << 20, records);
                while (records.next()) {
                    byte[] value = records.value();
                    results.add(value == null ? "" : new String(value, StandardCharsets.UTF_8));
                }
            }
            return results;
        }

        @Override
        public void close() {
            log.close();
        }
    }

    private static long at(PipelineTask task, int source) {
        return task.cursor.sources.get(source).position;
    }

    private static long openWindows(PipelineTask task) {
        Stage stage = task.stages.get(0);
        return stage.windows.keySet().stream()
                .filter(window -> window.endMillis() > stage.at.closedUpTo)
                .count();
    }

    private static void runLive(PipelineTask task) {
        PipelineTask.Step step;
        do {
            step = task.stepLive();
        } while (step.hasMore() || step.records() > 0);
    }

    // ---- a backlog ----

    /** How many windows were open at most, and what came out. */
    private record Outcome(long peak, boolean wasHeldBack, Set<String> results) {}

    private static Outcome readBacklog(Duration driftMax) {
        try (Rig rig = new Rig()) {
            rig.append(OLD, 0, 800);
            rig.append(LIVE, 720, 80);
            long peak = 0;
            boolean wasHeldBack = false;
            try (PipelineTask task = rig.open(together(), driftMax)) {
                PipelineTask.Step step;
                do {
                    step = task.step();
                    peak = Math.max(peak, openWindows(task));
                    wasHeldBack |= task.heldBack().equals(Set.of(LIVE));
                } while (step.hasMore());
                assertThat(task.heldBack()).isEmpty();
                rig.endOf(task);
            }
            return new Outcome(peak, wasHeldBack, rig.results("out"));
        }
    }

    @Test
    void theOneAheadWaitsAndNothingElseChanges() {
        Outcome apart = readBacklog(Duration.ofDays(36_500));
        Outcome near = readBacklog(Duration.ofHours(5));
        assertThat(apart.wasHeldBack).isFalse();
        assertThat(near.wasHeldBack).isTrue();
        assertThat(near.results).isEqualTo(apart.results).hasSize(800);
        assertThat(near.peak).isLessThan(apart.peak / 2);
    }

    @Test
    void whatIsReadOfAPartitionAheadIsBounded() {
        try (Rig rig = new Rig()) {
            rig.append(OLD, 0, 800);
            rig.append(LIVE, 720, 800);
            try (PipelineTask task = rig.open(together(), Duration.ofHours(5))) {
                task.step();
                long first = at(task, 1);
                while (at(task, 0) < 700) {
                    task.step();
                    assertThat(at(task, 1)).isEqualTo(first);
                }
                rig.endOf(task);
            }
        }
    }

    @Test
    void sourcesThatNothingJoinsDoNotWait() {
        try (Rig rig = new Rig()) {
            rig.append(OLD, 0, 800);
            rig.append(LIVE, 7_200, 30);
            Pipeline apart = Pipeline.of(counted(events("old"), "a"), counted(events("live"), "b"));
            try (PipelineTask task = rig.open(apart, Duration.ofHours(1))) {
                while (at(task, 1) < 30) {
                    task.step();
                    assertThat(at(task, 0)).isLessThan(700);
                }
                rig.endOf(task);
            }
        }
    }

    @Test
    void sourcesThatMeetBehindOtherOperatorsWait() {
        try (Rig rig = new Rig()) {
            rig.append(OLD, 0, 800);
            rig.append(LIVE, 7_200, 300);
            EventStream<String> sums = events("old")
                    .keyBy(text -> "k")
                    .window(Tumbling.of(Duration.ofHours(1)))
                    .aggregate(Aggregate.<String>count())
                    .as("before")
                    .results(Codec.int64())
                    .map(result -> "0", Codec.text());
            Pipeline pipeline = counted(sums.union(events("live").map(text -> text, Codec.text())), "out");
            try (PipelineTask task = rig.open(pipeline, Duration.ofHours(1))) {
                task.step();
                task.step();
                assertThat(task.heldBack()).containsExactly(LIVE);
                rig.endOf(task);
                assertThat(at(task, 1)).isEqualTo(300);
            }
        }
    }

    // ---- what goes on ----

    @Test
    void onlyOneThatIsReadIsWaitedForUntilItIsIdle() {
        try (Rig rig = new Rig()) {
            rig.append(OLD, 0, 3);
            rig.append(LIVE, 720, 300);
            try (PipelineTask task = rig.open(together(), Duration.ofHours(5))) {
                runLive(task);
                assertThat(at(task, 0)).isEqualTo(3);
                long held = at(task, 1);
                assertThat(held).isLessThan(300);
                assertThat(task.heldBack()).containsExactly(LIVE);
                assertThat(task.nextTimerAt()).isEqualTo(rig.clock.millis() + IDLE_AFTER.toMillis());

                rig.clock.advance(IDLE_AFTER.minusMillis(1));
                runLive(task);
                assertThat(at(task, 1)).isEqualTo(held);
                rig.clock.advance(Duration.ofMillis(1));
                runLive(task);
                assertThat(at(task, 1)).isEqualTo(300);
                assertThat(task.heldBack()).isEmpty();
            }
        }
    }

    @Test
    void oneThatIsHeldBackIsNotIdle() {
        try (Rig rig = new Rig()) {
            rig.append(OLD, 0, 3);
            rig.append(LIVE, 720, 300);
            try (PipelineTask task = rig.open(together(), Duration.ofHours(5))) {
                runLive(task);
                for (int hour = 3; hour < 20; hour++) {
                    rig.clock.advance(IDLE_AFTER.minusMillis(1));
                    rig.append(OLD, hour, 1);
                    runLive(task);
                    assertThat(task.heldBack()).containsExactly(LIVE);
                    assertThat(task.cursor.sources).noneMatch(source -> source.idle);
                }
                assertThat(rig.results("out")).as("the ones before 19:00").hasSize(19);
                rig.endOf(task);
            }
            assertThat(rig.results("out")).hasSize(320);
        }
    }

    @Test
    void oneThatIsReadToItsEndIsNotHeldBack() {
        try (Rig rig = new Rig()) {
            rig.append(OLD, 0, 300);
            rig.append(LIVE, 720, 1);
            try (PipelineTask task = rig.open(together(), Duration.ofHours(5))) {
                runLive(task);
                assertThat(at(task, 1)).isEqualTo(1);
                assertThat(task.heldBack()).isEmpty();
                rig.append(LIVE, 721, 1);
                runLive(task);
                assertThat(at(task, 1)).isEqualTo(1);
                assertThat(task.heldBack()).containsExactly(LIVE);
            }
        }
    }

    @Test
    void aDriftBeyondAllTimeIsRefused() {
        for (Duration drift : List.of(Duration.ofSeconds(Long.MAX_VALUE), Duration.ofNanos(1), Duration.ZERO)) {
            assertThatThrownBy(() -> EngineOptions.defaults().driftMax(drift))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("driftMax is 1 ms to 36,500 days");
        }
    }

    @Test
    void anEmptyTopicHoldsNothingUp() {
        try (Rig rig = new Rig()) {
            rig.append(LIVE, 720, 300);
            try (PipelineTask task = rig.open(together(), Duration.ofMillis(1))) {
                runLive(task);
                assertThat(at(task, 1)).isEqualTo(300);
            }
        }
    }

    @Test
    void whatWasHeldBackIsSoAfterARestart() {
        try (Rig rig = new Rig()) {
            rig.append(OLD, 0, 3);
            rig.append(LIVE, 720, 300);
            List<Long> positions = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                try (PipelineTask task = rig.open(together(), Duration.ofHours(5))) {
                    runLive(task);
                    positions.add(at(task, 1));
                }
            }
            assertThat(positions).containsOnly(positions.get(0));
        }
    }

    // ---- a generator of one's own ----

    private static EventStream<String> spoken(String topic, WatermarkGenerator<String> generator) {
        return Pipeline.named("aligned")
                .from(Topic.of(topic, Codec.text()))
                .as("from-" + topic)
                .eventTime(
                        text -> Instant.ofEpochMilli(Long.parseLong(text)),
                        Watermark.outOfOrderBy(Duration.ZERO).idleAfter(IDLE_AFTER),
                        generator)
                .as("time-" + topic);
    }

    @Test
    void oneWhoseGeneratorHasNotSpokenIsWaitedFor() {
        try (Rig rig = new Rig()) {
            rig.append(OLD, 0, 800);
            rig.append(LIVE, 720, 800);
            EventStream<String> old = spoken("old", (text, time, progress) -> {
                if (time == 499 * HOUR) {
                    progress.advanceTo(time);
                }
            });
            Pipeline pipeline = counted(old.union(events("live")), "out");
            try (PipelineTask task = rig.open(pipeline, Duration.ofHours(5))) {
                task.step();
                long first = at(task, 1);
                assertThat(first).isLessThan(800);
                while (at(task, 0) < 700) {
                    task.step();
                    assertThat(at(task, 1)).isEqualTo(first);
                }
                rig.endOf(task);
                assertThat(at(task, 1)).isEqualTo(800);
            }
        }
    }

    @Test
    void oneWhoseGeneratorNeverSpeaksHoldsNobodyForEver() {
        try (Rig rig = new Rig()) {
            rig.append(OLD, 0, 300);
            rig.append(LIVE, 720, 300);
            EventStream<String> old = spoken("old", (text, time, progress) -> {});
            Pipeline pipeline = counted(old.union(events("live")), "out");
            try (PipelineTask task = rig.open(pipeline, Duration.ofHours(5))) {
                runLive(task);
                rig.clock.advance(IDLE_AFTER);
                runLive(task);
                assertThat(at(task, 0)).isEqualTo(300);
                assertThat(at(task, 1)).isEqualTo(300);
                assertThat(task.heldBack()).isEmpty();
            }
        }
    }
}
