package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Result;
import io.tidemill.api.ResultStream;
import io.tidemill.api.Session;
import io.tidemill.api.Tumbling;
import io.tidemill.engine.PipelineException;
import io.tidemill.engine.Savepoints;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.log.LogException;
import io.tidemill.log.disk.DiskFile;
import io.tidemill.testkit.SavepointRig.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Files that are not what was written, and crashes while one is taken or restored. */
final class SavepointDamageTest {
    private static final long SEED = 11;
    private static final RestoreOptions KEEP = RestoreOptions.keepAll();

    /** Windows, windows of their results, sessions, and what has passed. */
    private static Pipeline pipeline(String name) {
        EventStream<Event> events = SavepointRig.from(name, Duration.ofMillis(50));
        ResultStream<String, Long> sums = events.keyBy(Event::key)
                .window(Tumbling.of(Duration.ofMillis(100)))
                .aggregate(Aggregate.sum(Event::number))
                .as("sums");
        Pipeline largest = sums.results(Codec.int64())
                .keyBy(result -> "all")
                .window(Tumbling.of(Duration.ofMillis(300)))
                .aggregate(Aggregate.max(Result::value))
                .as("largest")
                .to("largest", result -> String.valueOf(result.value()), Codec.text());
        Pipeline visits = events.keyBy(Event::key)
                .window(Session.withGap(Duration.ofMillis(25)))
                .aggregate(Aggregate.count())
                .as("visits")
                .to("visits", result -> String.valueOf(result.value()), Codec.text());
        Pipeline first = events.map(Event::number, Codec.int64())
                .deduplicate(number -> number, Codec.int64(), Duration.ofMillis(200))
                .as("first")
                .to("first", Codec.int64());
        return Pipeline.of(SavepointRig.to(sums), largest, visits, first);
    }

    private static TreeMap<String, String> uninterrupted(List<List<String>> events) {
        try (SavepointRig rig = new SavepointRig(SEED)) {
            rig.append(events, 0, 1);
            rig.finish(pipeline("whole"), 1);
            return rig.results();
        }
    }

    @Test
    void everyFlippedBitIsSeen() throws IOException {
        try (SavepointRig rig = new SavepointRig(SEED)) {
            rig.append(SavepointRig.events(SEED, 30), 0, 1);
            rig.run(pipeline("p"), 1);
            SavepointInfo info = rig.savepoints.create(rig.log, pipeline("p"));
            assertThat(info.bytes()).isLessThan(8_000);
            for (long position = 0; position < info.bytes(); position++) {
                int bit = (int) (position * 7 % 8);
                rig.fileDisk.flipBit(info.file(), position, bit);
                assertThatThrownBy(() -> rig.savepoints.verify(info.file()))
                        .as("position %s", position)
                        .isInstanceOf(SavepointException.class)
                        .hasMessageContaining("is no savepoint, or a damaged one");
                assertThatThrownBy(() -> rig.savepoints.restore(info.file(), rig.log, pipeline("q"), KEEP))
                        .as("position %s", position)
                        .isInstanceOf(SavepointException.class);
                rig.fileDisk.flipBit(info.file(), position, bit);
            }
            assertThat(rig.log.topic("q.changelog")).isEmpty();
            rig.savepoints.verify(info.file());
        }
    }

    @Test
    void everyMissingEndIsSeen() throws IOException {
        try (SavepointRig rig = new SavepointRig(SEED)) {
            rig.append(SavepointRig.events(SEED, 30), 0, 1);
            rig.run(pipeline("p"), 1);
            SavepointInfo info = rig.savepoints.create(rig.log, pipeline("p"));
            for (long size = info.bytes() - 1; size >= 0; size--) {
                try (DiskFile file = rig.fileDisk.open(info.file())) {
                    file.truncate(size);
                }
                assertThatThrownBy(() -> rig.savepoints.restore(info.file(), rig.log, pipeline("q"), KEEP))
                        .as("size %s", size)
                        .isInstanceOf(SavepointException.class);
            }
            assertThat(rig.savepoints.list())
                    .singleElement()
                    .satisfies(listed -> assertThat(listed.error()).contains("is no savepoint, or a damaged one"));
        }
    }

    /** What is there after a crash is a whole savepoint or none, and the next one can be taken. */
    @Test
    void aCrashWhileOneIsTaken() {
        try (SavepointRig rig = new SavepointRig(SEED)) {
            rig.append(SavepointRig.events(SEED, 400), 0, 1);
            rig.run(pipeline("p"), 1);
            int whole = 0;
            for (int operation = 1; ; operation++) {
                SimulatedDisk disk = new SimulatedDisk(SEED + operation);
                Savepoints savepoints = Savepoints.in(disk).clock(rig.clock);
                disk.crashAt(operation);
                boolean crashed = false;
                try {
                    savepoints.create(rig.log, pipeline("p"));
                } catch (SavepointException e) {
                    crashed = true;
                }
                disk.crash();
                for (Savepoints.Listed listed : savepoints.list()) {
                    savepoints.verify(listed.file());
                    whole++;
                }
                rig.clock.advance(Duration.ofMillis(1));
                savepoints.verify(savepoints.create(rig.log, pipeline("p")).file());
                if (!crashed) {
                    assertThat(operation).isGreaterThan(4);
                    break;
                }
            }
            assertThat(whole).isPositive();
        }
    }

    /** Whatever the crash leaves, the restore can be repeated, and nothing starts from half of it. */
    @Test
    void aCrashWhileOneIsRestored() {
        List<List<String>> events = SavepointRig.events(SEED, 500);
        TreeMap<String, String> expected = uninterrupted(events);
        int refused = 0;
        boolean crashed = true;
        for (int operation = 1; crashed; operation++) {
            try (SavepointRig rig = new SavepointRig(SEED + operation)) {
                rig.append(events, 0, 0.5);
                rig.run(pipeline("p"), 2, 5);
                SavepointInfo info = rig.savepoints.create(rig.log, pipeline("p"));
                rig.run(pipeline("p"), 2);
                RestoreOptions options = KEEP.replace(true);
                Savepoints savepoints = rig.savepoints.commitBytesMax(800);
                rig.logDisk.crashAt(operation);
                crashed = false;
                try {
                    savepoints.restore(info.file(), rig.log, pipeline("p"), options);
                } catch (LogException e) {
                    crashed = true;
                }
                rig.logDisk.crash();
                rig.reopen();
                try {
                    rig.run(pipeline("p"), 1, 1);
                } catch (PipelineException e) {
                    assertThat(e).hasMessageContaining("is not whole: restoring it from savepoint '" + info.file());
                    refused++;
                }
                savepoints.restore(info.file(), rig.log, pipeline("p"), options);
                rig.append(events, 0.5, 1);
                assertThat(rig.finish(pipeline("p"), 1).imbalances()).isEmpty();
                assertThat(rig.results()).isEqualTo(expected);
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void aFileThatIsNoSavepoint() {
        try (SavepointRig rig = new SavepointRig(SEED)) {
            assertThatThrownBy(() -> rig.savepoints.inspect("nothing.savepoint"))
                    .isInstanceOf(SavepointException.class)
                    .hasMessageContaining("there is no savepoint")
                    .hasMessageContaining("tidemill savepoint list");
        }
    }
}
