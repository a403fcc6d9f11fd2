package io.tidemill.benchmarks;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Stepper;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.rocksdb.RocksStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** One part of {@link LargeState}, in a process of its own that ends without closing anything. */
public final class LargeStatePart {
    private static final TopicPartition SOURCE = new TopicPartition("items", 0);
    private static final TopicPartition RESULTS = new TopicPartition("counts", 0);
    private static final int FETCH_BYTES = 4 << 20;
    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

    /** What one step adds to the state, or changes in it. */
    private static final int STEP_STATE_BYTES = 8_000_000;

    private final Path directory;
    private final StateBackend backend;
    private final int entryBytes;
    private final Windowing windowing;
    private final int atOnce;
    private long slowestNanos;

    private LargeStatePart(Path directory, String backend, int entryBytes, boolean areSessions) {
        this.directory = directory;
        this.backend = backend.equals("memory")
                ? StateBackend.inMemory()
                : StateBackend.in(RocksStores.in(directory.resolve("state")));
        this.entryBytes = entryBytes;
        this.windowing = areSessions ? Session.withGap(Duration.ofHours(1)) : Tumbling.of(Duration.ofDays(1));
        this.atOnce = Math.max(1, STEP_STATE_BYTES / entryBytes);
    }

    /** What an item is: its number and its time. */
    record Item(long number, long millis) {}

    private static final class ItemCodec implements Codec<Item> {
        private static final long serialVersionUID = 1;

        @Override
        public Item decode(byte[] bytes, int offset, int length) {
            ByteSource source = new ByteSource(bytes, offset, length);
            return new Item(source.readLong(), source.readLong());
        }

        @Override
        public void encode(Item item, ByteSink sink) {
            sink.writeLong(item.number);
            sink.writeLong(item.millis);
        }

        @Override
        public String format() {
            return "item";
        }
    }

    /** @param count of the items that had the number; -1 if other bytes that were kept with it have changed */
    private record Counted(long number, long count) {}

    /** Keeps as many bytes as it is told, which compression does nothing about, and how many items there were. */
    private record Padded(int bytes) implements Aggregate<Item, long[], Counted> {
        private static final long serialVersionUID = 1;

        @Override
        public long[] create() {
            return new long[bytes / Long.BYTES];
        }

        @Override
        public long[] add(long[] padded, Item item) {
            if (padded[0]++ == 0) {
                padded[1] = item.number;
                SplittableRandom random = new SplittableRandom(item.number);
                for (int i = 2; i < padded.length; i++) {
                    padded[i] = random.nextLong();
                }
            }
            return padded;
        }

        @Override
        public long[] merge(long[] left, long[] right) {
            long count = left[0] + right[0];
            if (left[0] == 0) {
                System.arraycopy(right, 0, left, 0, left.length);
            }
            left[0] = count;
            return left;
        }

        @Override
        public Counted result(long[] padded) {
            SplittableRandom random = new SplittableRandom(padded[1]);
            for (int i = 2; i < padded.length; i++) {
                if (padded[i] != random.nextLong()) {
                    return new Counted(padded[1], -1);
                }
            }
            return new Counted(padded[1], padded[0]);
        }

        @Override
        public void write(long[] padded, ByteSink sink) {
            for (long each : padded) {
                sink.writeLong(each);
            }
        }

        @Override
        public long[] read(ByteSource source) {
            long[] padded = create();
            for (int i = 0; i < padded.length; i++) {
                padded[i] = source.readLong();
            }
            return padded;
        }
    }

    private Pipeline pipeline() {
        return Pipeline.named("large")
                .from(Topic.of(SOURCE.topic(), new ItemCodec()))
                .eventTime(item -> Instant.ofEpochMilli(item.millis), Watermark.outOfOrderBy(Duration.ZERO))
                .keyBy(Item::number, Codec.int64())
                .window(windowing)
                .correctableFor(Duration.ZERO)
                .aggregate(new Padded(entryBytes))
                .to(
                        RESULTS.topic(),
                        result -> result.value().number == result.key() ? result.value().count : -1,
                        Codec.int64());
    }

    public static void main(String[] args) {
        LargeStatePart run = new LargeStatePart(
                Path.of(args[0]), args[1], Integer.parseInt(args[3]), args.length > 6 && args[6].equals("sessions"));
        long entries = Long.parseLong(args[2]);
        long updates = Long.parseLong(args[4]);
        try (EmbeddedLog log = EmbeddedLog.open(run.directory, LogOptions.defaults())) {
            switch (args[5]) {
                case "fill" -> run.fill(log, entries);
                case "recover" -> run.recover(log);
                case "update" -> run.update(log, entries, updates);
                case "close" -> run.close(log, entries);
                case "fill-and-change" -> run.change(log, run.fill(log, entries), entries, Long.MAX_VALUE);
                case "finish" -> run.finish(log, entries, updates);
                default -> throw new IllegalArgumentException(args[5]);
            }
            System.out.flush();
            Runtime.getRuntime().halt(0);
        }
    }

    private Stepper open(EmbeddedLog log) {
        // An item becomes many times its bytes: a step is to hold some megabytes.
        return Engine.on(log, EngineOptions.defaults().stepBytesMax(256 << 10).stateBackend(backend))
                .open(pipeline());
    }

    private Stepper fill(EmbeddedLog log, long entries) {
        log.createTopic(SOURCE.topic(), TopicConfig.of(1));
        Stepper stepper = open(log);
        long started = System.nanoTime();
        for (long from = 0; from < entries; from += atOnce) {
            append(log, from, Math.min(entries, from + atOnce), 1);
            step(stepper);
        }
        report("fill", entries, started, log);
        return stepper;
    }

    private void recover(EmbeddedLog log) {
        long started = System.nanoTime();
        Stepper stepper = open(log);
        append(log, 0, 1, 1);
        step(stepper);
        report("recover", 1, started, log);
    }

    private void update(EmbeddedLog log, long entries, long updates) {
        Stepper stepper = open(log);
        long started = System.nanoTime();
        change(log, stepper, entries, updates);
        report("update", updates, started, log);
    }

    /** Keys all over the state, until so many have been changed since it was filled. */
    private void change(EmbeddedLog log, Stepper stepper, long entries, long updates) {
        for (long from = changed(log, entries); from < updates; from = changed(log, entries)) {
            BatchBuilder batch = new BatchBuilder();
            for (long i = from; i < Math.min(updates, from + atOnce); i++) {
                add(batch, key(i, entries), 1);
            }
            log.commit(Commit.builder().append(SOURCE, batch.build()).build());
            step(stepper);
            System.out.println("changed " + changed(log, entries));
        }
    }

    private static long key(long update, long entries) {
        return Long.remainderUnsigned(update * (0x9E3779B97F4A7C15L >>> 1), entries);
    }

    private static long changed(EmbeddedLog log, long entries) {
        return log.offsets(SOURCE).end() - entries;
    }

    // ---- after a crash ----

    /** Recovers, goes on with what was interrupted, closes the window, and checks every answer. */
    private void finish(EmbeddedLog log, long entries, long updates) {
        long survived = changed(log, entries);
        long started = System.nanoTime();
        Stepper stepper = open(log);
        step(stepper);
        report("recover", survived, started, log);
        started = System.nanoTime();
        change(log, stepper, entries, updates);
        report("change", Math.max(0, updates - survived), started, log);
        long all = log.offsets(SOURCE).end();
        append(log, 0, 1, DAY_MILLIS);
        started = System.nanoTime();
        step(stepper);
        report("close", entries, started, log);
        check(log, entries, all);
    }

    private static void check(EmbeddedLog log, long entries, long items) {
        short[] expected = new short[Math.toIntExact(entries)];
        for (int i = 0; i < entries; i++) {
            expected[i] = 1;
        }
        for (long i = 0; i < items - entries; i++) {
            expected[(int) key(i, entries)]++;
        }
        long results = 0;
        long wrong = 0;
        RecordCursor records = new RecordCursor();
        long end = log.offsets(RESULTS).end();
        for (long at = log.offsets(RESULTS).start(); at < end; at = records.nextOffset()) {
            log.fetch(RESULTS, at, FETCH_BYTES, records);
            while (records.next()) {
                long number = new ByteSource(records.array(), records.keyStart(), Long.BYTES).readLong();
                long count = new ByteSource(records.array(), records.valueStart(), records.valueLength()).readLong();
                wrong += expected[(int) number] == count ? 0 : 1;
                // Another answer for it is wrong.
                expected[(int) number] = 0;
                results++;
            }
        }
        System.out.printf(
                "{\"part\":\"check\",\"results\":%d,\"wrong\":%d,\"missing\":%d}%n", results, wrong, entries - results);
    }

    private void close(EmbeddedLog log, long entries) {
        Stepper stepper = open(log);
        append(log, 0, 1, DAY_MILLIS);
        long started = System.nanoTime();
        step(stepper);
        report("close", entries, started, log);
        if (stepper.ledger().results() != entries) {
            throw new IllegalStateException(stepper.ledger().results() + " results of " + entries);
        }
    }

    private static void append(EmbeddedLog log, long from, long to, long millis) {
        BatchBuilder batch = new BatchBuilder();
        for (long i = from; i < to; i++) {
            add(batch, i, millis);
        }
        log.commit(Commit.builder().append(SOURCE, batch.build()).build());
    }

    private static void add(BatchBuilder batch, long number, long millis) {
        ByteSink sink = new ByteSink(2 * Long.BYTES);
        new ItemCodec().encode(new Item(number, millis), sink);
        batch.add(millis, null, ByteBuffer.wrap(sink.toByteArray()), List.of());
    }

    private void step(Stepper stepper) {
        boolean more = true;
        while (more) {
            long before = System.nanoTime();
            more = stepper.step().hasMore();
            slowestNanos = Math.max(slowestNanos, System.nanoTime() - before);
        }
    }

    private void report(String part, long entries, long started, EmbeddedLog log) {
        double seconds = (System.nanoTime() - started) / 1e9;
        TopicPartition changelog = new TopicPartition("large.changelog", 0);
        System.out.printf(
                Locale.ROOT,
                "{\"part\":\"%s\",\"seconds\":%.2f,\"entriesPerSecond\":%.0f,\"slowestStepMillis\":%.0f,"
                        + "\"changelogRecords\":%d,\"directoryMiB\":%d,\"storeMiB\":%d,\"residentMiB\":%d}%n",
                part,
                seconds,
                entries / seconds,
                slowestNanos / 1e6,
                log.offsets(changelog).end() - log.offsets(changelog).start(),
                mebibytes(directory),
                mebibytes(directory.resolve("state")),
                residentMebibytes());
    }

    private static long mebibytes(Path root) {
        if (!Files.exists(root)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(root)) {
            return files.mapToLong(file -> file.toFile().length()).sum() >> 20;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Heap and all else; 0 where the system does not tell. */
    private static long residentMebibytes() {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElse(0)
                    >> 10;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
