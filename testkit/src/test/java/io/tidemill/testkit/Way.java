package io.tidemill.testkit;

import io.tidemill.engine.Trigger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** How a pipeline is run beside an oracle, which does not know. */
public enum Way {
    /** In the caller's steps; state in memory or in a simulated store. */
    STEPS(1),

    /** In the caller's steps; state in RocksDB. */
    ROCKSDB(12),

    /** By a trigger, mostly of micro-batches, on a thread of its own; state anywhere. */
    TRIGGERED(16);

    private static final int PERIOD_MILLIS_MAX = 4;
    private static final int OPERATIONS_MAX = 40;

    /** This many times fewer cases: files and threads take longer. */
    private final int dearer;

    Way(int dearer) {
        this.dearer = dearer;
    }

    public int cases(int ofSteps) {
        return Math.max(1, ofSteps / dearer);
    }

    /** Where a run's state is; null for the heap. */
    public @Nullable CrashableStores stores(SplittableRandom random, Path directory, long seed) {
        int choice = this == ROCKSDB ? 2 : random.nextInt(this == STEPS ? 2 : 3);
        return choice == 0 ? null : choice == 1 ? new SimulatedStores(seed) : CrashableRocksStores.in(directory, seed);
    }

    public static void close(@Nullable CrashableStores stores) {
        if (stores instanceof CrashableRocksStores files) {
            files.close();
        }
    }

    /** Null where the caller takes the steps. */
    public @Nullable Trigger trigger(SplittableRandom random) {
        if (this != TRIGGERED) {
            return null;
        }
        return random.nextInt(5) == 0
                ? Trigger.continuous()
                : Trigger.every(Duration.ofMillis(1 + random.nextInt(PERIOD_MILLIS_MAX)));
    }

    /** The pipeline runs, and power is lost at any of its writes, or behind them. */
    public static void killed(PipelineTestDriver driver, Trigger trigger, SplittableRandom random) {
        driver.crashDuring(1 + random.nextInt(OPERATIONS_MAX), () -> driver.live(trigger, run -> {}));
    }
}
