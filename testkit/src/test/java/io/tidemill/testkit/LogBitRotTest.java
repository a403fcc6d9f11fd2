package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.Durability;
import io.tidemill.log.LogException;
import io.tidemill.log.disk.DiskFile;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Changes single bits of a log's files: it says where the damage is, or gives back every record as it was written. */
final class LogBitRotTest {
    private static final Pattern POSITION = Pattern.compile("position (\\d+)");
    private static final Instant START = Instant.parse("2020-01-01T00:00:00Z");
    private static final int FLIPS = 6 * Integer.getInteger("tidemill.simulation.commits", 250);
    private static final int STEPS = 120;

    @Test
    void aFlippedBitIsHarmlessOrReported() throws Exception {
        Seeds.run(seed -> {
            SplittableRandom random = Seeds.random(seed, "flips");
            SimulatedDisk disk = new SimulatedDisk(seed);
            LogWorkload workload = new LogWorkload(disk, Durability.DISK, START, new LogModel(), seed).open();
            workload.runSteps(STEPS);
            workload.close();
            List<String> paths = new ArrayList<>(List.of("lock"));
            disk.list("journal").forEach(name -> paths.add("journal/" + name));
            long total = 0;
            for (String path : paths) {
                total += size(disk, path);
            }
            int every = (int) Math.max(1, total / FLIPS);
            for (String path : paths) {
                long size = size(disk, path);
                for (long at = random.nextInt(every); at < size; at += 1 + random.nextInt(2 * every)) {
                    SimulatedDisk.Flip flip = new SimulatedDisk.Flip(path, at, random.nextInt(8));
                    try {
                        verify(disk.copy(), flip, workload, seed + at);
                    } catch (Exception | AssertionError e) {
                        throw new AssertionError(flip + ": " + e.getMessage(), e);
                    }
                }
            }
        });
    }

    private static long size(SimulatedDisk disk, String path) throws Exception {
        try (DiskFile file = disk.open(path)) {
            return file.size();
        }
    }

    private static void verify(SimulatedDisk disk, SimulatedDisk.Flip flip, LogWorkload before, long seed)
            throws Exception {
        disk.flipBit(flip.path(), flip.position(), flip.bit());
        LogWorkload flipped = new LogWorkload(disk, Durability.DISK, before.now(), before.model(), seed);
        LogException damage = opensRight(flipped);
        if (damage == null) {
            LogWorkload.Step step = flipped.next();
            damage = flipped.attempt(step);
            if (damage != null) {
                flipped.done(step);
            }
            flipped.check();
            flipped.close();
        }
        if (damage != null) {
            assertThat(damage.code()).as(damage.toString()).isEqualTo(LogException.Code.DAMAGED);
            assertThat(damage).hasMessageContaining(flip.path());
            Matcher position = POSITION.matcher(String.valueOf(damage.getMessage()));
            assertThat(position.find()).as(damage.getMessage()).isTrue();
            assertThat(Long.parseLong(position.group(1))).isLessThanOrEqualTo(flip.position());
            // Whoever restores the byte has lost nothing.
            disk.flipBit(flip.path(), flip.position(), flip.bit());
            new LogWorkload(disk, Durability.DISK, before.now(), flipped.model(), seed)
                    .open()
                    .check();
        }
    }

    /** Null if the log opens and holds what it should. */
    private static @Nullable LogException opensRight(LogWorkload workload) {
        try {
            workload.open().check();
            return null;
        } catch (LogException e) {
            if (workload.isOpen()) {
                workload.close();
            }
            return e;
        }
    }

    @Test
    void aFlippedBitAfterACrashIsHarmlessOrReported() throws Exception {
        Seeds.run(seed -> {
            SplittableRandom random = Seeds.random(seed, "flips");
            SimulatedDisk disk = new SimulatedDisk(seed);
            LogWorkload workload = new LogWorkload(disk, Durability.DISK, START, new LogModel(), seed).open();
            LogModel previous = workload.model();
            long durable = 0;
            boolean cleaned = false;
            for (int i = 0; i < STEPS; i++) {
                LogModel before = workload.model();
                LogWorkload.Step step = workload.next();
                workload.run(step);
                long durableBefore = durable;
                durable = workload.log().durableSequence();
                if (step.movesStarts()) {
                    cleaned =
                            true; // should the commit that allowed it be lost, files that it no longer needed are gone
                } else if (durable > durableBefore) {
                    // Only the last frame may go. A step may change the model and write none; a mark is one too.
                    previous = before;
                    cleaned = false;
                }
                for (int flips = 0; flips < 10 && !cleaned; flips++) {
                    SimulatedDisk crashed = disk.copy(random.nextLong());
                    crashed.crash();
                    SimulatedDisk.Flip flip = crashed.flipRandomBit();
                    String where = "after step " + i + " (" + step + "), " + flip;
                    verifyAfterCrash(crashed, flip, workload, previous, where);
                }
            }
        });
    }

    private static void verifyAfterCrash(
            SimulatedDisk disk, SimulatedDisk.Flip flip, LogWorkload before, LogModel previous, String where) {
        LogWorkload flipped = new LogWorkload(disk, Durability.DISK, before.now(), new LogModel(), flip.position());
        try {
            // The last commit may go: nothing that is on the disk says that it was there.
            flipped.open().identify(List.of(before.model(), previous));
        } catch (LogException e) {
            assertThat(e.code()).as(where + ": " + e).isEqualTo(LogException.Code.DAMAGED);
            assertThat(e).as(where).hasMessageContaining(flip.path());
        } catch (AssertionError e) {
            throw new AssertionError(where + ": " + e.getMessage(), e);
        }
    }
}
