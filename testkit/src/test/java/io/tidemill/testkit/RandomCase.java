package io.tidemill.testkit;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Cumulative;
import io.tidemill.api.Early;
import io.tidemill.api.Header;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import io.tidemill.testkit.StreamCase.Item;
import io.tidemill.testkit.StreamCase.Shape;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Makes up a case: records that come out of order, twice, too late, broken, or from the future. */
final class RandomCase {
    /** The first append. All event times are within a hundred years before it, but for those that are wrong. */
    static final long APPENDED_FROM = Instant.parse("2030-01-01T00:00:00Z").toEpochMilli();

    static final Duration IDLE_AFTER = Duration.ofSeconds(10);

    private static final long[] WINDOWS = {1, 7, 1_000, 3_333, 60_000, 3_600_000, 86_400_001};
    private static final String[] ZONES = {"America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"};
    private static final String[] ORIGINS = {
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:00Z",
        "1941-05-06T07:08:09Z",
        "2001-09-09T01:46:40Z",
        "2029-12-01T00:00:00Z"
    };

    private static final boolean SESSIONS_ONLY = Boolean.getBoolean("tidemill.property.sessions");

    private final SplittableRandom random;
    private final long windowMillis;
    private final long boundMillis;
    private final long aheadMax;
    private final int keys;

    private RandomCase(SplittableRandom random, long windowMillis, long boundMillis, long aheadMax) {
        this.random = random;
        this.windowMillis = windowMillis;
        this.boundMillis = boundMillis;
        this.aheadMax = aheadMax;
        keys = 1 + random.nextInt(random.nextInt(5) == 0 ? 200 : 6);
    }

    /** @param records about how many records there are in all */
    static StreamCase make(SplittableRandom random, int records, Duration correctableFor) {
        int kind = SESSIONS_ONLY ? 2 : random.nextInt(10);
        long window = WINDOWS[random.nextInt(WINDOWS.length)];
        long bound = random.nextBoolean() ? 0 : random.nextLong(window * (random.nextBoolean() ? 3 : 300));
        Watermark watermark = Watermark.outOfOrderBy(Duration.ofMillis(bound)).idleAfter(IDLE_AFTER);
        Answer[] answers = Answer.values();
        return new StreamCase(
                kind == 0 ? Shape.PLAIN : kind == 1 ? Shape.RUNNING : Shape.WINDOWED,
                watermark,
                windowing(random, window),
                random.nextInt(3) > 0 ? 0 : random.nextLong(window * 4 + 1),
                early(random),
                correctableFor,
                ChainOp.random(random, watermark, window),
                answers[random.nextInt(answers.length)],
                new RandomCase(random, window, bound, watermark.aheadMax().toMillis()).partitions(records));
    }

    /** Of windows about so long. */
    private static Windowing windowing(SplittableRandom random, long window) {
        Duration size = Duration.ofMillis(window);
        Duration offset = Duration.ofMillis(random.nextInt(3) == 0 ? random.nextLong(-3 * window, 3 * window) : 0);
        long step = Math.max(1, window / (1 + random.nextInt(12)));
        ZoneId zone = ZoneId.of(ZONES[random.nextInt(ZONES.length)]);
        return switch (random.nextInt(SESSIONS_ONLY ? 4 : 12)) {
            case 0, 1, 2, 3 -> session(random, window);
            case 4, 5 -> Tumbling.of(size).offsetBy(offset);
            case 6, 7 ->
                Sliding.of(size, Duration.ofMillis(random.nextBoolean() ? step : random.nextLong(step, window + 1)))
                        .offsetBy(offset);
            case 8, 9 -> Cumulative.of(Duration.ofMillis(step * (1 + random.nextInt(8))), Duration.ofMillis(step));
            case 10 -> Tumbling.of(Duration.ofDays(1 + random.nextInt(2))).in(zone);
            default ->
                random.nextBoolean()
                        ? Sliding.of(Duration.ofHours(12), Duration.ofHours(3)).in(zone)
                        : Cumulative.of(Duration.ofDays(1), Duration.ofHours(6)).in(zone);
        };
    }

    /** Gaps and maxima that times often differ by exactly, in either proportion. */
    private static Session session(SplittableRandom random, long window) {
        long gap = switch (random.nextInt(4)) {
            case 0 -> window;
            case 1 -> Math.max(1, window / 3);
            case 2 -> window * (1 + random.nextInt(5));
            default -> 1 + random.nextLong(window);
        };
        Session session = Session.withGap(Duration.ofMillis(gap));
        long max = switch (random.nextInt(6)) {
            case 0 -> window;
            case 1 -> gap * (1 + random.nextInt(4));
            case 2 -> 1 + random.nextLong(4 * window);
            case 3 -> window * (2 + random.nextInt(30));
            default -> 0;
        };
        return max == 0 ? session : session.maxDuration(Duration.ofMillis(max));
    }

    private static @Nullable Early early(SplittableRandom random) {
        return switch (random.nextInt(6)) {
            case 0 -> Early.count(1 + random.nextInt(5));
            case 1 -> Early.every(Duration.ofMillis(1 + random.nextInt(20_000)));
            default -> null;
        };
    }

    private List<List<Item>> partitions(int records) {
        List<List<Item>> partitions = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        long origin = Instant.parse(ORIGINS[random.nextInt(ORIGINS.length)]).toEpochMilli();
        for (int i = 0; i < count; i++) {
            List<Item> items = new ArrayList<>();
            partitions.add(items);
            // Some stay empty, which holds all windows open until the partition counts as idle.
            int size = random.nextInt(8) == 0 ? 0 : random.nextInt(2 * records / count + 2);
            long time = origin + random.nextLong(windowMillis * 5 + 1);
            long appendedAt = APPENDED_FROM;
            while (items.size() < size) {
                time += advance();
                appendedAt += random.nextInt(50) == 0 ? random.nextInt(1_000) : 0;
                items.add(item(items, time, appendedAt));
            }
        }
        return partitions;
    }

    private long advance() {
        return switch (random.nextInt(12)) {
            case 0, 1 -> 0;
            case 2 -> random.nextInt(20) == 0 ? random.nextLong(windowMillis * 40) : windowMillis;
            default -> random.nextLong(windowMillis / 3 + 2);
        };
    }

    private Item item(List<Item> before, long time, long appendedAt) {
        if (!before.isEmpty() && random.nextInt(20) == 0) {
            Item again = before.get(random.nextInt(before.size()));
            return new Item(again.key(), again.value(), again.headers(), again.timestamp(), appendedAt, again.sample());
        }
        Sample sample = new Sample(key(), time(time, appendedAt), random.nextInt(-500, 1_000), weight());
        byte[] key = random.nextInt(5) == 0 ? null : ("r" + random.nextInt(9)).getBytes(StandardCharsets.UTF_8);
        long timestamp = sample.time() < 0 ? -1 : sample.time();
        ByteSink sink = new ByteSink();
        StreamCase.JSON.encode(sample, sink);
        byte[] value = sink.toByteArray();
        if (random.nextInt(25) == 0) {
            return new Item(key, malformed(value), headers(), timestamp, appendedAt, null);
        }
        return new Item(key, value, headers(), timestamp, appendedAt, sample);
    }

    private @Nullable String key() {
        int number = random.nextInt(keys);
        return random.nextInt(150) == 0 ? null : number == 0 ? "" : number == 1 ? "ü-" : "k" + number;
    }

    private long time(long time, long appendedAt) {
        return switch (random.nextInt(300)) {
            case 0 -> appendedAt + aheadMax + 1;
            case 1 -> appendedAt + aheadMax + random.nextLong(1L << 50);
            case 2 -> Sample.LATEST;
            case 3 -> Sample.EARLIEST;
            case 4 -> random.nextInt(20) == 0 ? appendedAt + aheadMax : time;
            default -> random.nextInt(3) > 0 ? time : time - random.nextLong(boundMillis * 2 + windowMillis * 3);
        };
    }

    private double weight() {
        return switch (random.nextInt(12)) {
            case 0 -> -0.0;
            case 1 -> random.nextInt(10) == 0 ? Double.NaN : 0.0;
            case 2 -> random.nextInt(10) == 0 ? Double.POSITIVE_INFINITY : 1e18;
            case 3 -> -1e18;
            case 4 -> 1e-300 * random.nextInt(100);
            case 5 -> (random.nextDouble() - 0.5) * 1e300;
            case 6, 7, 8 -> random.nextInt(-1_000, 1_000) / 10.0;
            default -> random.nextDouble();
        };
    }

    private byte @Nullable [] malformed(byte[] value) {
        return switch (random.nextInt(6)) {
            case 0 -> null;
            case 1 -> new byte[0];
            case 2 -> "null".getBytes(StandardCharsets.UTF_8);
            case 3 -> new byte[] {'"', (byte) 0xC3, '(', '"'};
            case 4 -> "{\"key\":7,\"time\":\"x\"}".getBytes(StandardCharsets.UTF_8);
            default -> Arrays.copyOf(value, 1 + random.nextInt(value.length - 1));
        };
    }

    private List<Header> headers() {
        return switch (random.nextInt(10)) {
            case 0 -> List.of(new Header("trace", new byte[] {0, (byte) random.nextInt(256), -1}));
            case 1 -> List.of(Header.text("tidemill.headers", "1"), Header.text("tidemill.late", "x"));
            case 2 -> List.of(Header.text("twice", "a"), Header.text("twice", ""), Header.text("", "b"));
            default -> List.of();
        };
    }
}
