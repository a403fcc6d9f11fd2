package io.tidemill.benchmarks;

import io.tidemill.api.Codec;
import io.tidemill.examples.PageView;
import io.tidemill.json.Json;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * What reading costs without an engine, on one thread: nanoseconds of its CPU time per event, for ever more of the way
 * from the page cache to a sum per page. Each figure is the median of several passes over the preloaded topic, after one
 * to warm up.
 */
public final class ReadFloor {
    private static final int FETCH_BYTES = 8 << 20;
    private static final int PASSES = 5;

    /** So that nothing is optimized away. */
    static volatile long sink;

    private final EmbeddedLog log;
    private final Codec<PageView> codec = Json.of(PageView.class);
    private final RecordCursor cursor = new RecordCursor();
    private final SumPerText sums = new SumPerText();

    private ReadFloor(EmbeddedLog log) {
        this.log = log;
    }

    /** What is done with each fetch; returns anything that depends on it. */
    private interface Stage {
        long run() throws Exception;
    }

    /** Takes the directory that {@link Preload} has filled. */
    public static void main(String[] args) throws Exception {
        try (EmbeddedLog log =
                EmbeddedLog.open(Path.of(args[0]), LogOptions.defaults().durability(Durability.OS))) {
            ReadFloor floor = new ReadFloor(log);
            double fetch = floor.nanos(floor.cursor::sizeInBytes);
            double iterate = floor.nanos(floor::iterate);
            double decode = floor.nanos(floor::decode);
            double sum = floor.nanos(floor::sum);
            System.out.printf(
                    Locale.ROOT,
                    "{\"type\":\"readFloor\",\"fetchNanos\":%.1f,\"andIterateNanos\":%.1f,\"andDecodeNanos\":%.1f,"
                            + "\"andSumNanos\":%.1f}%n",
                    fetch,
                    iterate,
                    decode,
                    sum);
        }
    }

    private long iterate() {
        long total = 0;
        while (cursor.next()) {
            total += cursor.timestampMillis() + cursor.keyStart() + cursor.valueStart();
        }
        return total;
    }

    private long decode() throws Exception {
        long total = 0;
        while (cursor.next()) {
            total += codec.decode(cursor.array(), cursor.valueStart(), cursor.valueLength())
                    .dwellMs();
        }
        return total;
    }

    private long sum() throws Exception {
        while (cursor.next()) {
            PageView view = codec.decode(cursor.array(), cursor.valueStart(), cursor.valueLength());
            sums.add(view.pageId(), view.dwellMs());
        }
        return sums.count();
    }

    private double nanos(Stage stage) throws Exception {
        pass(stage);
        double[] nanos = new double[PASSES];
        for (int i = 0; i < PASSES; i++) {
            long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            long events = pass(stage);
            nanos[i] = (double) (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before) / events;
        }
        Arrays.sort(nanos);
        return nanos[PASSES / 2];
    }

    /** Returns how many events there are. */
    private long pass(Stage stage) throws Exception {
        long events = 0;
        for (int p = 0; p < Preload.PARTITIONS; p++) {
            TopicPartition partition = new TopicPartition("page-views", p);
            long end = log.offsets(partition).end();
            for (long at = 0; at < end; at = cursor.nextOffset()) {
                log.fetch(partition, at, FETCH_BYTES, cursor);
                sink = stage.run();
            }
            events += end;
        }
        return events;
    }

    /** A map from texts to sums with open addressing. */
    private static final class SumPerText {
        private static final int CAPACITY = 1 << 16;

        private final String[] keys = new String[CAPACITY];
        private final long[] sums = new long[CAPACITY];
        private int count;

        void add(String key, long value) {
            int slot = (key.hashCode() * 0x9E37_79B1) >>> 16;
            while (keys[slot] != null && !keys[slot].equals(key)) {
                slot = (slot + 1) % CAPACITY;
            }
            if (keys[slot] == null) {
                if (++count == CAPACITY) {
                    throw new IllegalStateException("more than " + CAPACITY + " keys");
                }
                keys[slot] = key;
            }
            sums[slot] += value;
        }

        long count() {
            return count;
        }
    }
}
