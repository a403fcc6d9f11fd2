package io.tidemill.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Sliding;
import io.tidemill.api.Window;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.PipelineException;
import io.tidemill.engine.PipelineRun;
import io.tidemill.engine.StateRecords;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.json.Json;
import io.tidemill.log.Commit;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.rocksdb.RocksStores;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How large the state is, and what happens when it may not become larger. */
@Timeout(60)
class StateTest {
    @TempDir
    Path directory;

    private Scene scene;

    @BeforeEach
    void open() {
        scene = new Scene(directory, 1);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    private static Pipeline sliding() {
        return Scene.visits(Duration.ofSeconds(10))
                .keyBy(Visit::key)
                .window(Sliding.of(Duration.ofMinutes(3), Duration.ofMinutes(1)))
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, Json.results());
    }

    private static Pipeline running() {
        return Scene.visits(Duration.ZERO)
                .keyBy(Visit::key)
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, Json.results());
    }

    // ---- its size ----

    @Test
    void thereIsNoneBeforeThePipelineRan() {
        assertThat(StateSize.of(scene.log, sliding())).isEmpty();
    }

    @Test
    void slicesAndWindowsAreCountedWithoutRunningAnything() {
        scene.append(0, "a,30,1", "b,40,2", "a,90,4", "a,200,8");
        scene.step(sliding());

        StateSize size = StateSize.of(scene.log, sliding()).get(0);

        // The watermark is 190: windows have closed up to 180. Slices from 60, since 60 to 240 is open.
        assertThat(size.slices()).isEqualTo(2);
        assertThat(size.entries()).isEqualTo(2);
        assertThat(size.openWindows()).isEqualTo(4 - 1);
        assertThat(size.correctableWindows()).isEqualTo(3);
        assertThat(size.closedEntries()).isEqualTo(6);
        assertThat(size.bytes()).isBetween(2 * 30L, 2 * 100L);
        assertThat(size.changelogBytes()).isGreaterThan(size.bytes());
        assertThat(size.deferred()).isZero();
    }

    @Test
    void itIsWhatTheEngineReckons() {
        for (int i = 0; i < 100; i++) {
            scene.append(0, "k" + i + "," + i % 60 + ",1");
        }
        scene.step(running());
        StateSize size = StateSize.of(scene.log, running()).get(0);
        assertThat(size.entries()).isEqualTo(100);
        assertThat(size.openWindows()).isZero();

        scene.append(0, "k0,0,1");
        scene.options = EngineOptions.defaults().stateBytesMax(size.bytes());
        scene.step(running());
        scene.append(0, "another,0,1");
        assertThatThrownBy(() -> scene.step(running())).isInstanceOf(PipelineException.class);
    }

    /** As it is in memory, although the changelog no longer has all of it. */
    @Test
    void whatIsInAStoreIsCountedToo() {
        RocksStores stores = RocksStores.in(directory.resolve("state"));
        scene.options = scene.options
                .stateBackend(StateBackend.in(stores).cacheBytesMax(0))
                .stateLogBytesMin(0);
        try (Scene memory = new Scene(directory.resolve("memory"), 1)) {
            for (Scene each : List.of(scene, memory)) {
                each.append(0, "a,30,1", "b,40,2", "a,90,4", "a,200,8", "c,201,1");
                each.step(sliding());
                each.append(0, "d,202,1");
                each.step(sliding());
                each.append(0, "e,202,1");
                each.step(sliding());
            }
            assertThat(scene.log.offsets(new TopicPartition("p.changelog", 0)).start())
                    .isPositive();
            StateSize expected = StateSize.of(memory.log, sliding()).get(0);
            StateSize actual = StateSize.of(scene.log, sliding(), stores).get(0);
            assertThat(actual)
                    .usingRecursiveComparison()
                    .ignoringFields("changelogBytes", "hasStore")
                    .isEqualTo(expected);
            assertThat(actual.entries()).isEqualTo(5);
            assertThat(scene.audit(sliding()).mismatches()).isZero();
        }
        assertThatThrownBy(() -> StateSize.of(scene.log, sliding()))
                .isInstanceOf(AuditException.class)
                .hasMessageContaining("is in a state store beside the log");
    }

    /** Keys had capital letters, and of a window its start alone; what is written again has the new form. */
    @Test
    void stateOfVersion1IsReadToo() {
        scene.log.createTopic("p.changelog", TopicConfig.of(1));
        long minute = 60_000;
        byte[] value = {0, 2, 2, 0, 2};
        write(ByteBuffer.allocate(10).put((byte) 'A').putLong(minute).put((byte) 'a'), value);
        write(ByteBuffer.allocate(10).put((byte) 'A').putLong(minute).put((byte) 'b'), value);
        write(ByteBuffer.allocate(10).put((byte) 'D').putLong(0).put((byte) 'a'), value);
        write(ByteBuffer.allocate(9).put((byte) 'W').putLong(minute), new byte[] {4, 0, 0, 0});
        write(span('a', minute, 2 * minute, "a"), value);
        write(span('a', minute, 2 * minute, "b"), null);

        StateSize size = StateSize.of(scene.log, Scene.sums()).get(0);
        StatePairs pairs = StatePairs.read(scene.log, Parts.of(Scene.sums()), null);

        assertThat(size.entries()).isEqualTo(2);
        assertThat(size.deferred()).isEqualTo(1);
        assertThat(size.openWindows()).isEqualTo(1);
        Window window = new Window(minute, 2 * minute);
        assertThat(pairs.isOpen(window, Identity.of(new byte[] {'a'}, window))).isTrue();
        assertThat(pairs.isOpen(window, Identity.of(new byte[] {'b'}, window))).isFalse();
        Window first = new Window(0, minute);
        assertThat(pairs.isDeferred(Identity.of(new byte[] {'a'}, first))).isTrue();
    }

    @Test
    void aKeyThatHasClosedIsNotOpenWhileOthersOfItsWindowAre() {
        scene.log.createTopic("p.changelog", TopicConfig.of(1));
        write(span('w', 0, 60_000, ""), new byte[] {4, 0, 0, 1, 0});
        write(span('a', 0, 60_000, "a"), new byte[] {0, 8, 0, 0, 0});
        write(span('L', 0, 0, ""), new byte[] {1});

        StatePairs pairs = StatePairs.read(scene.log, Parts.of(Scene.sums()), null);

        Window window = new Window(0, 60_000);
        assertThat(pairs.isOpen(window, Identity.of(new byte[] {'a'}, window))).isFalse();
        assertThat(pairs.isOpen(window, Identity.of(new byte[] {'b'}, window))).isTrue();
        assertThat(StateSize.of(scene.log, Scene.sums()).get(0).entries()).isEqualTo(1);
    }

    private static ByteBuffer span(char kind, long start, long end, String key) {
        return ByteBuffer.allocate(21 + key.length())
                .put((byte) kind)
                .putInt(StateRecords.operatorId("aggregate"))
                .putLong(start)
                .putLong(end)
                .put(key.getBytes(StandardCharsets.UTF_8));
    }

    private void write(ByteBuffer key, byte @Nullable [] value) {
        scene.log.commit(Commit.of(new TopicPartition("p.changelog", 0), 0, key.array(), value));
    }

    // ---- its budget ----

    @Test
    void aStepThatWouldExceedTheBudgetIsNotCommittedAndNothingIsLost() {
        scene.append(0, "a,30,1", "b,40,2");
        scene.run(sliding());
        scene.options = EngineOptions.defaults().stateBytesMax(2_000);
        for (int i = 0; i < 200; i++) {
            scene.append(0, "k" + i + "," + (300 + i % 60) + ",1");
        }

        assertThatThrownBy(() -> scene.run(sliding()))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("pipeline 'p' would exceed its state budget of 2000 bytes")
                .hasMessageContaining("the state of 'aggregate' would take ")
                .hasMessageContaining("200 accumulators of 3 open windows")
                .hasMessageContaining("Raise the budget")
                .hasMessageContaining("tidemill advise");
        AuditReport before = scene.audit(sliding());
        assertThat(before.isClean()).as(before.toString()).isTrue();
        assertThat(before.read()).isEqualTo(2);

        scene.options = EngineOptions.defaults().stateBytesMax(2 << 20);
        scene.run(sliding());
        AuditReport after = scene.audit(sliding());
        assertThat(after.isClean()).as(after.toString()).isTrue();
        assertThat(after.read()).isEqualTo(202);
    }

    @Test
    void aBudgetBelowTheStateLetsItShrink() {
        for (int i = 0; i < 200; i++) {
            scene.append(0, "k" + i + "," + i % 60 + ",1");
        }
        scene.step(sliding());
        scene.options = EngineOptions.defaults().stateBytesMax(100);
        scene.append(0, "a,3000,1");

        scene.step(sliding());

        assertThat(StateSize.of(scene.log, sliding()).get(0).bytes()).isLessThan(100);
        AuditReport report = scene.audit(sliding());
        assertThat(report.isClean()).as(report.toString()).isTrue();
    }

    @Test
    void aRunThatExceedsItEndsAndSaysWhy() throws InterruptedException {
        scene.options = EngineOptions.defaults().stateBytesMax(1_000);
        scene.append(0, "a,30,1");
        try (PipelineRun run = Engine.on(scene.log, scene.options).start(running())) {
            for (int i = 0; i < 100; i++) {
                scene.append(0, "k" + i + ",30,1");
            }
            while (run.isRunning()) {
                Thread.sleep(5);
            }
            assertThat(run.failure())
                    .isInstanceOf(PipelineException.class)
                    .hasMessageContaining("for ")
                    .hasMessageContaining(" keys.");
        }
    }
}
