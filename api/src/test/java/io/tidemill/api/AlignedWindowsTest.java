package io.tidemill.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Windows and slices are those of the definition, enumerated. {@code -Dtidemill.seed=N} replays a seed. */
final class AlignedWindowsTest {
    private static final long SEED = Long.getLong("tidemill.seed", new SplittableRandom().nextLong());
    private static final long HOUR = 3_600_000;

    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void alignedToTheEpoch() {
        for (int i = 0; i < 2_000; i++) {
            int step = 1 + random.nextInt(20);
            int size = step * (1 + random.nextInt(6));
            long offset = random.nextInt(-100, 100);
            Duration by = Duration.ofMillis(offset);
            long from = random.nextLong(-400, 400);

            WindowModel tumbling = WindowModel.runs(grid(size, offset), 1);
            check(tumbling, Tumbling.of(Duration.ofMillis(size)).offsetBy(by), from, from + 50);
            int any = step + random.nextInt(50);
            WindowModel sliding = WindowModel.each(grid(step, offset), start -> start + any);
            check(
                    sliding,
                    Sliding.of(Duration.ofMillis(any), Duration.ofMillis(step)).offsetBy(by),
                    from,
                    from + 50);
            WindowModel growing = WindowModel.growing(grid(size, offset), grid(step, offset));
            check(
                    growing,
                    Cumulative.of(Duration.ofMillis(size), Duration.ofMillis(step))
                            .offsetBy(by),
                    from,
                    from + 50);
        }
    }

    private static List<Long> grid(long size, long offset) {
        return LongStream.range(-1_500, 1_500)
                .filter(time -> Math.floorMod(time - offset, size) == 0)
                .boxed()
                .toList();
    }

    private static void check(WindowModel model, AlignedWindowing windowing, long from, long to) {
        for (long time = from; time < to; time++) {
            check(model, windowing, time);
        }
    }

    private static void check(WindowModel model, AlignedWindowing windowing, long time) {
        Supplier<String> what = () -> windowing.describe() + " at " + Instant.ofEpochMilli(time) + ", seed " + SEED;
        List<Window> windows = model.windowsOf(time);
        assertThat(windowing.windowsOf(time)).as(what).isEqualTo(windows);
        long start = windowing.sliceStart(time);
        long end = windowing.sliceEnd(time);
        long last = windows.get(windows.size() - 1).endMillis();
        assertThat(start).as(what).isEqualTo(model.sliceStart(time));
        assertThat(end).as(what).isEqualTo(model.sliceEnd(time));
        assertThat(windowing.sliceEnd(start)).as(what).isEqualTo(end);
        assertThat(windowing.lastEnd(time)).as(what).isEqualTo(last);
        assertThat(last - start).as(what).isLessThanOrEqualTo(windowing.maxSpanMillis());
        if (windowing instanceof Tumbling tumbling) {
            assertThat(List.of(tumbling.windowOf(time))).as(what).isEqualTo(windows);
        }
    }

    @Test
    void everyZoneAroundItsTransitions() {
        for (String id : new TreeSet<>(ZoneId.getAvailableZoneIds())) {
            ZoneId zone = ZoneId.of(id);
            checkAround(zone, pickTransition(zone));
        }
    }

    /** Midnights that do not exist, or twice, half-hour changes, days left out, a day lived twice, Ramadan. */
    @Test
    void theOddestZones() {
        checkAround(ZoneId.of("America/Sao_Paulo"), Instant.parse("2018-11-04T03:00:00Z"));
        checkAround(ZoneId.of("Asia/Beirut"), Instant.parse("2024-03-30T22:00:00Z"));
        checkAround(ZoneId.of("Africa/Cairo"), Instant.parse("2024-04-25T22:00:00Z"));
        checkAround(ZoneId.of("America/Havana"), Instant.parse("2023-11-05T05:00:00Z"));
        checkAround(ZoneId.of("America/St_Johns"), Instant.parse("2010-11-07T02:31:00Z"));
        checkAround(ZoneId.of("Australia/Lord_Howe"), Instant.parse("2024-10-05T15:30:00Z"));
        checkAround(ZoneId.of("Australia/Lord_Howe"), Instant.parse("2024-04-06T15:00:00Z"));
        checkAround(ZoneId.of("Pacific/Apia"), Instant.parse("2011-12-30T10:00:00Z"));
        checkAround(ZoneId.of("Pacific/Kwajalein"), Instant.parse("1993-08-21T12:00:00Z"));
        checkAround(ZoneId.of("America/Juneau"), Instant.parse("1867-10-18T12:00:00Z"));
        checkAround(ZoneId.of("Asia/Manila"), Instant.parse("1844-12-31T12:00:00Z"));
        checkAround(ZoneId.of("Africa/Casablanca"), Instant.parse("2024-03-10T02:00:00Z"));
        checkAround(ZoneId.of("Europe/Dublin"), Instant.parse("2024-10-27T01:00:00Z"));
        checkAround(ZoneId.of("Antarctica/Troll"), Instant.parse("2024-03-31T01:00:00Z"));
        checkAround(ZoneOffset.ofHoursMinutes(5, 45), Instant.EPOCH);
    }

    private Instant pickTransition(ZoneId zone) {
        Instant some = Instant.ofEpochSecond(random.nextLong(-4_000_000_000L, 3_000_000_000L));
        ZoneOffsetTransition next = zone.getRules().nextTransition(some);
        return next == null ? some : next.getInstant();
    }

    private void checkAround(ZoneId zone, Instant middle) {
        long offset = random.nextInt(3) == 0 ? random.nextInt(24 * 60) * 60_000L : 0;
        Duration by = Duration.ofMillis(offset);
        ZoneModel clock = new ZoneModel(zone, offset);
        long day = Math.floorDiv(middle.toEpochMilli(), ZoneModel.DAY);
        List<Long> days = clock.days(day - 12, day + 12);
        int several = 1 + random.nextInt(5);
        int runs = 1 + random.nextInt(4);
        List<Long> cells = ZoneModel.every(several, days, day - 12);
        Duration size = Duration.ofDays(several);
        long part = List.of(HOUR, HOUR / 2, 3 * HOUR, 12 * HOUR, 8 * HOUR).get(random.nextInt(5));
        Duration partly = Duration.ofMillis(part);
        List<Long> parts = ZoneModel.parts(part, days);
        int partRuns = 1 + random.nextInt((int) Math.min(30, 5 * ZoneModel.DAY / part));

        List<WindowModel> models = new ArrayList<>();
        List<AlignedWindowing> windowings = new ArrayList<>();
        models.add(WindowModel.runs(days, 1));
        windowings.add(Tumbling.of(Duration.ofDays(1)));
        models.add(WindowModel.runs(cells, 1));
        windowings.add(Tumbling.of(size));
        models.add(WindowModel.runs(parts, 1));
        windowings.add(Tumbling.of(partly));
        models.add(WindowModel.runs(days, runs));
        windowings.add(Sliding.of(Duration.ofDays(runs), Duration.ofDays(1)));
        models.add(WindowModel.runs(parts, partRuns));
        windowings.add(Sliding.of(partly.multipliedBy(partRuns), partly));
        models.add(WindowModel.growing(cells, parts));
        windowings.add(Cumulative.of(size, partly));
        models.add(WindowModel.growing(cells, days));
        windowings.add(Cumulative.of(size, Duration.ofDays(1)));

        for (int i = 0; i < models.size(); i++) {
            AlignedWindowing zoned = in(zone, by, windowings.get(i));
            for (long time : times(models.get(i), middle.toEpochMilli())) {
                check(models.get(i), zoned, time);
            }
        }
    }

    private static AlignedWindowing in(ZoneId zone, Duration offset, AlignedWindowing windowing) {
        if (windowing instanceof Tumbling tumbling) {
            return tumbling.offsetBy(offset).in(zone);
        } else if (windowing instanceof Sliding sliding) {
            return sliding.in(zone).offsetBy(offset);
        }
        return ((Cumulative) windowing).offsetBy(offset).in(zone);
    }

    /** On both sides of each boundary near {@code middle}, and anywhere. */
    private List<Long> times(WindowModel model, long middle) {
        List<Long> times = new ArrayList<>();
        for (long boundary : model.boundaries().subSet(middle - 50 * HOUR, middle + 50 * HOUR)) {
            if (random.nextInt(3) == 0) {
                times.addAll(List.of(boundary - 1, boundary));
            }
        }
        for (int i = 0; i < 20; i++) {
            times.add(middle + random.nextLong(-50 * HOUR, 50 * HOUR));
        }
        return times;
    }
}
