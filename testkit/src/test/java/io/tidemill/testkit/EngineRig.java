package io.tidemill.testkit;

import io.tidemill.api.Pane;
import io.tidemill.api.Result;
import io.tidemill.api.Session;
import io.tidemill.api.Window;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.PipelineException;
import io.tidemill.engine.ResultKey;
import io.tidemill.engine.Stepper;
import io.tidemill.engine.Trigger;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogException;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.testkit.StreamCase.Item;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Feeds a case to the engine in some random manner, with restarts and crashes on the way, and watches what comes out. */
final class EngineRig implements AutoCloseable {
    /** More steps than any case can need. */
    private static final int STEPS_MAX = 200_000;

    /** A thread takes longer to come and go than a step; records gather meanwhile. */
    private static final int FOLLOW_EVERY = 12;

    /**
     * How a run goes; chances are per action.
     *
     * @param live whether steps and appends alternate; else everything is there before the first step
     * @param chunk how many records are appended at once, at most
     * @param ordinary whether the engine has its default sizes all along
     */
    record Manner(
            boolean live,
            int chunk,
            boolean ordinary,
            int lanes,
            double idle,
            double restart,
            double crash,
            double correct,
            double end,
            double maintain,
            Way way) {
        static Manner random(Way way, SplittableRandom random) {
            boolean calm = random.nextInt(3) == 0;
            return new Manner(
                    random.nextInt(4) > 0,
                    1 + random.nextInt(random.nextBoolean() ? 5 : 500),
                    random.nextInt(3) == 0,
                    1 << random.nextInt(3),
                    random.nextBoolean() ? 0.1 : 0,
                    calm ? 0 : 0.1,
                    calm ? 0 : 0.1,
                    random.nextInt(3) > 0 ? 0 : 0.05,
                    random.nextInt(4) > 0 ? 0 : 0.03,
                    random.nextInt(3) > 0 ? 0 : 0.05,
                    way);
        }
    }

    final StreamCase of;
    private final Manner manner;
    private final SplittableRandom random;
    private final SimulatedDisk disk;
    private final VirtualClock logClock = new VirtualClock(Instant.ofEpochMilli(RandomCase.APPENDED_FROM));
    private final VirtualClock engineClock = new VirtualClock(PipelineTestDriver.START_DEFAULT);
    private final LogOptions logOptions;
    /** Null where state is in the heap. */
    private final @Nullable CrashableStores stores;

    /** Null where the steps are taken here. */
    private final @Nullable Trigger trigger;

    private SimulatedStores.@Nullable Backup older;

    /** Of the stepper. */
    private EngineOptions options = EngineOptions.defaults();

    private final Map<TopicPartition, Long> read = new HashMap<>();
    private final Map<Expectation.Id, Integer> revisions = new HashMap<>();

    /** The newest result per key and window. */
    final Map<Expectation.Id, String> results = new TreeMap<>();

    /** All results, by key and window, in the order of the log. */
    final Map<Expectation.Id, List<String>> history = new HashMap<>();

    /** The results at the end of windows, by key and window. */
    final Map<Expectation.Id, String> finals = new TreeMap<>();

    /** All result records. */
    long resultCount;

    boolean corrected;
    private EmbeddedLog log;
    private Stepper stepper;
    private int steps;

    EngineRig(StreamCase of, Manner manner, long seed, Path directory) {
        this.of = of;
        this.manner = manner;
        random = Seeds.random(seed, "rig");
        disk = new SimulatedDisk(seed);
        stores = manner.way.stores(random, directory, seed);
        trigger = manner.way.trigger(random);
        logOptions = LogOptions.defaults()
                .segmentBytes(random.nextBoolean() ? 64 << 10 : LogOptions.SEGMENT_BYTES_DEFAULT)
                .preallocateBytes(0)
                .clock(logClock);
        log = EmbeddedLog.open(disk, logOptions);
        log.createTopic(
                StreamCase.SOURCE, TopicConfig.of(of.partitions().size()).retention(null));
        stepper = open();
    }

    /** Whether a window's result at its end holds all of its elements that are on time, whatever was corrected meanwhile. */
    boolean finalsAreWhole() {
        return of.latenessMillis() == 0 && manner.idle == 0 && manner.end == 0;
    }

    EmbeddedLog log() {
        return log;
    }

    Stepper stepper() {
        return stepper;
    }

    private Stepper open() {
        EngineOptions with = EngineOptions.defaults().clock(engineClock).lanes(manner.lanes);
        if (!manner.ordinary) {
            with = with.stepBytesMax(pick(1024, 5_000, EngineOptions.STEP_BYTES_MAX_DEFAULT))
                    .resultsPerStepMax(pick(1, 3, 20, EngineOptions.RESULTS_PER_STEP_MAX_DEFAULT))
                    .stateLogBytesMin(pick(0, 300, 5_000, 100_000))
                    .lanes(pick(1, 2, 4, manner.lanes));
        }
        boolean stored = stores != null;
        if (!stored || random.nextInt(4) == 0) {
            try {
                return open(with);
            } catch (PipelineException e) {
                if (!stored || !String.valueOf(e.getMessage()).contains("is in a state store")) {
                    throw e;
                }
            }
        }
        return openStored(with);
    }

    private Stepper open(EngineOptions with) {
        options = with;
        return Engine.on(log, with).open(of.pipeline());
    }

    private Stepper openStored(EngineOptions inHeap) {
        EngineOptions with = inHeap.stateBackend(
                StateBackend.in(Objects.requireNonNull(stores)).cacheBytesMax(pick(0, 2_000, 20_000, 1 << 20)));
        return stores instanceof SimulatedStores simulated ? openAfterMishaps(simulated, with) : open(with);
    }

    /** Sometimes with stores that are lost, damaged, or as they were a while ago: what is not in the changelog is missed. */
    private Stepper openAfterMishaps(SimulatedStores simulated, EngineOptions with) {
        SimulatedStores.Backup backup = simulated.backup();
        switch (random.nextInt(12)) {
            case 0 -> simulated.lose();
            case 1 -> simulated.damage();
            case 2 -> simulated.bringBack(older == null ? backup : older);
            default -> {
                // as they are
            }
        }
        if (random.nextInt(4) == 0) {
            older = backup;
        }
        try {
            return open(with);
        } catch (PipelineException e) {
            if (!String.valueOf(e.getMessage()).contains("is not whole: its store cannot be used")) {
                throw e;
            }
            simulated.bringBack(backup);
            return open(with);
        }
    }

    private int pick(int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** Until everything is appended and read; windows may still be open. */
    void run() {
        while (!manner.live && hasMoreToAppend()) {
            append();
        }
        while (hasMoreToAppend()) {
            if (random.nextInt(2) == 0) {
                append();
            } else {
                act();
            }
        }
        for (int i = random.nextInt(6); i >= 0; i--) {
            act();
        }
        while (step()) {
            if (random.nextInt(4) == 0) {
                act();
            }
        }
    }

    /** Closes all windows. */
    void end() {
        boolean more;
        do {
            more = attempt(() -> stepper.closeAll().hasMore());
        } while (more);
    }

    void correct() {
        corrected = true;
        boolean interrupted;
        do {
            interrupted = attempt(() -> {
                stepper.correct();
                return false;
            });
        } while (interrupted);
    }

    private void act() {
        double dice = random.nextDouble();
        if ((dice -= manner.restart) < 0) {
            restart();
        } else if ((dice -= manner.crash) < 0) {
            crash();
        } else if ((dice -= manner.correct) < 0) {
            correct();
        } else if ((dice -= manner.end) < 0) {
            end();
        } else if ((dice -= manner.maintain) < 0) {
            log.maintain();
        } else if ((dice -= manner.idle) < 0) {
            engineClock.advance(Duration.ofMillis(random.nextLong(RandomCase.IDLE_AFTER.toMillis() * 2)));
        } else if (trigger == null || random.nextInt(FOLLOW_EVERY) == 0) {
            step();
        }
    }

    private boolean step() {
        if (++steps > STEPS_MAX) {
            throw new AssertionError("it does not come to an end");
        }
        boolean ahead = random.nextInt(3) == 0;
        return attempt(() -> {
            if (trigger != null) {
                return follow(trigger);
            }
            return (ahead ? stepper.stepAhead() : stepper.step()).hasMore();
        });
    }

    /** Until all is read that is there. */
    private boolean follow(Trigger by) {
        stepper.close();
        new LiveRun(log, of.pipeline()).run(options.trigger(by), run -> {});
        stepper = open();
        return false;
    }

    // ---- appending ----

    private TopicPartition source(int number) {
        return new TopicPartition(StreamCase.SOURCE, number);
    }

    private int appended(int partition) {
        return (int) log.offsets(source(partition)).end();
    }

    boolean hasMoreToAppend() {
        for (int i = 0; i < of.partitions().size(); i++) {
            if (appended(i) < of.partitions().get(i).size()) {
                return true;
            }
        }
        return false;
    }

    /** Some records of some partitions, in one commit where the case has them come at one time. */
    private void append() {
        Commit.Builder commit = Commit.builder();
        long appendedAt = -1;
        int first = random.nextInt(of.partitions().size());
        for (int i = 0; i < of.partitions().size(); i++) {
            int partition = (first + i) % of.partitions().size();
            List<Item> items = of.partitions().get(partition);
            int from = appended(partition);
            if (from == items.size() || (appendedAt >= 0 && items.get(from).appendedAt() != appendedAt)) {
                continue;
            }
            if (appendedAt >= 0 && random.nextInt(3) > 0) {
                break;
            }
            appendedAt = items.get(from).appendedAt();
            commit.append(source(partition), batch(items, from, appendedAt).build());
        }
        Commit built = commit.build();
        logClock.set(Instant.ofEpochMilli(appendedAt));
        if (!built.appends().isEmpty()) {
            attempt(() -> log.commit(built).baseOffsets().isEmpty());
        }
    }

    private BatchBuilder batch(List<Item> items, int from, long appendedAt) {
        BatchBuilder batch = new BatchBuilder();
        int size = 1 + random.nextInt(manner.chunk);
        for (int at = from; at < Math.min(from + size, items.size()); at++) {
            Item item = items.get(at);
            if (item.appendedAt() != appendedAt) {
                break;
            }
            batch.add(item.timestamp(), item.key(), item.value(), item.headers());
        }
        return batch;
    }

    // ---- failing ----

    private interface Action {
        boolean run();
    }

    /** Does something that a crash may interrupt; true if there is more of it to do. */
    private boolean attempt(Action action) {
        boolean interrupted = random.nextDouble() < manner.crash / 4;
        if (interrupted) {
            disk.crashAt(1 + random.nextInt(4));
        }
        boolean more;
        try {
            more = action.run();
        } catch (LogException e) {
            if (!interrupted || e.code() != LogException.Code.IO) {
                throw e;
            }
            more = true;
        }
        if (interrupted) {
            // Also where it came to nothing: the next one is not to be surprised.
            crash();
        }
        observe();
        return more;
    }

    private void restart() {
        stepper.close();
        if (random.nextBoolean()) {
            log.close();
            log = EmbeddedLog.open(disk, logOptions);
        }
        stepper = open();
    }

    /** What is under way comes to its end first, one way or the other: the disk may have failed amid it. */
    private void settle() {
        try {
            stepper.settle();
        } catch (LogException e) {
            if (e.code() != LogException.Code.IO) {
                throw e;
            }
        }
    }

    private void crash() {
        settle();
        if (random.nextBoolean()) {
            disk.crash();
        } else {
            disk.processCrash();
        }
        if (stores != null) {
            stores.crash();
        }
        stepper.close();
        log.close();
        log = EmbeddedLog.open(disk, logOptions);
        stepper = open();
        observe();
    }

    // ---- watching ----

    /** Reads what has come out since the last time, and checks that no result comes twice. */
    private void observe() {
        int partitions = log.topic(StreamCase.RESULTS).orElseThrow().config().partitions();
        for (int i = 0; i < partitions; i++) {
            TopicPartition partition = new TopicPartition(StreamCase.RESULTS, i);
            read.merge(
                    partition,
                    TopicRecords.forEach(log, partition, read.getOrDefault(partition, 0L), record -> {
                        byte[] value = record.value();
                        take(
                                ResultKey.of(record.key(), record.headers()),
                                value == null ? null : new String(value, StandardCharsets.UTF_8));
                    }),
                    (before, now) -> now);
        }
    }

    private void take(ResultKey identity, @Nullable String value) {
        resultCount++;
        Window window = identity.window();
        Expectation.Id id = new Expectation.Id(
                new String(identity.key(), StandardCharsets.UTF_8), window == null ? Expectation.NO_WINDOW : window);
        history.computeIfAbsent(id, any -> new ArrayList<>()).add(String.valueOf(value));
        if (identity.pane() == Pane.FINAL) {
            finals.put(id, String.valueOf(value));
        }
        Integer before = revisions.put(id, identity.revision());
        boolean repeats = before != null && before >= identity.revision();
        if (window != null && repeats && !(before == Result.EARLY_REVISION && identity.pane() == Pane.EARLY)) {
            throw new AssertionError("revision " + identity.revision() + " of " + id + " after revision " + before);
        }
        if (identity.correction() && identity.revision() == 0) {
            throw new AssertionError("a correction of " + id + " says that it is the first answer");
        }
        if (identity.pane() == Pane.EARLY && of.early() == null) {
            throw new AssertionError("nobody asked for an early result of " + id);
        }
        if (value != null) {
            results.put(id, value);
        } else if (!(of.windowing() instanceof Session)) {
            throw new AssertionError("a result of " + id + " was taken back");
        } else if (results.remove(id) == null) {
            throw new AssertionError("a result of " + id + " was taken back that did not stand");
        }
    }

    @Override
    public void close() {
        stepper.close();
        log.close();
        Way.close(stores);
    }
}
