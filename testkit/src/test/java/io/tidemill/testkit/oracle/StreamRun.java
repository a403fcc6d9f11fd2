package io.tidemill.testkit.oracle;

import io.tidemill.api.LateRecord;
import io.tidemill.api.Pipeline;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Trigger;
import io.tidemill.testkit.CrashableStores;
import io.tidemill.testkit.PipelineTestDriver;
import io.tidemill.testkit.TestRecord;
import io.tidemill.testkit.Way;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A pipeline that reads a random stream, as the stream comes or all at once, with restarts and crashes on the way. */
final class StreamRun implements AutoCloseable {
    private static final int RECORDS_MAX = 60;

    private final RandomStream stream;
    private final SplittableRandom random;
    private final boolean corrects;
    private final boolean live;
    private final @Nullable Trigger trigger;
    private final @Nullable CrashableStores stores;
    private final long seed;
    private final int[] next;
    private int count;
    final PipelineTestDriver driver;

    /** @param corrects whether corrections happen on the way */
    StreamRun(
            Pipeline pipeline,
            RandomStream stream,
            Way way,
            SplittableRandom random,
            boolean corrects,
            Path directory,
            long seed) {
        this.stream = stream;
        this.random = random;
        this.corrects = corrects;
        this.seed = seed;
        live = random.nextInt(4) > 0;
        trigger = way.trigger(random);
        stores = way.stores(random, directory, seed);
        next = new int[stream.partitions().size()];
        PipelineTestDriver.Builder builder = PipelineTestDriver.builder(pipeline)
                .partitions(stream.partitions().size())
                .options(options(random))
                .seed(seed);
        driver = (stores == null ? builder : builder.stored(stores)).build();
    }

    private static EngineOptions options(SplittableRandom random) {
        EngineOptions options = EngineOptions.defaults().lanes(1 + random.nextInt(4));
        return random.nextBoolean()
                ? options
                : options.stepBytesMax(1_024)
                        .resultsPerStepMax(1 + random.nextInt(20))
                        .stateLogBytesMin(random.nextInt(5_000));
    }

    /** Until all is read and all windows have closed. */
    void run() {
        while (!live && hasMore()) {
            append();
        }
        if (trigger == null) {
            step();
        } else {
            follow(trigger);
        }
        driver.end();
    }

    private boolean hasMore() {
        return count < stream.arrivals().size();
    }

    private void append() {
        Arrival arrival = stream.arrivals().get(count++);
        if (live && !arrival.pause().isZero()) {
            if (trigger == null) {
                driver.advance(arrival.pause());
            } else {
                driver.clock().advance(arrival.pause());
            }
        }
        int partition = arrival.partition();
        byte[] text = OracleRig.text(stream.partitions().get(partition).get(next[partition]++))
                .getBytes(StandardCharsets.UTF_8);
        driver.append(TestRecord.of(null, text).partition(partition));
    }

    private void append(int records) {
        for (int i = 0; i < records && hasMore(); i++) {
            append();
        }
    }

    // ---- in the caller's steps ----

    private void step() {
        int stepEvery = 1 + random.nextInt(20);
        int acts = live ? stream.arrivals().size() : 20;
        for (int i = 1; i <= acts; i++) {
            append(1);
            if (!live) {
                driver.step();
            } else if (i % stepEvery == 0) {
                driver.run();
            }
            act();
        }
    }

    private void act() {
        switch (random.nextInt(150)) {
            case 0, 1 -> driver.restart();
            case 2 -> driver.crash();
            case 3, 4 -> driver.crashDuring(1 + random.nextInt(12), driver::run);
            case 5, 6, 7 -> {
                if (corrects) {
                    driver.correct();
                }
            }
            default -> {
                // goes on
            }
        }
    }

    // ---- by a trigger ----

    private void follow(Trigger by) {
        do {
            int records = 1 + random.nextInt(RECORDS_MAX);
            if (random.nextInt(3) == 0) {
                append(records);
                Way.killed(driver, by, random);
            } else {
                driver.live(by, run -> {
                    append(records);
                    if (corrects && random.nextInt(3) == 0) {
                        run.correct();
                    }
                });
            }
        } while (hasMore() || random.nextInt(3) > 0);
    }

    // ---- what came out ----

    List<Late> late() {
        List<Late> all = new ArrayList<>();
        for (LateRecord record : driver.late()) {
            for (LateRecord.Missed missed : record.missed()) {
                all.add(new Late(
                        record.origin().partition(),
                        (int) record.origin().offset(),
                        missed.element(),
                        missed.window(),
                        missed.byMillis()));
            }
        }
        return all;
    }

    @Override
    public String toString() {
        return "seed " + seed + ", " + (live ? "live, " : "replayed, ") + trigger + ", "
                + (stores == null ? "heap" : stores.getClass());
    }

    @Override
    public void close() {
        driver.close();
        Way.close(stores);
    }
}
