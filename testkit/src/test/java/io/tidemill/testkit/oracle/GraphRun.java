package io.tidemill.testkit.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.DeadLetter;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Pipeline;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.ResultKey;
import io.tidemill.engine.Savepoints;
import io.tidemill.engine.Trigger;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.log.Log;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.testkit.CrashableStores;
import io.tidemill.testkit.PipelineTestDriver;
import io.tidemill.testkit.Seeds;
import io.tidemill.testkit.SimulatedDisk;
import io.tidemill.testkit.TestRecord;
import io.tidemill.testkit.Way;
import io.tidemill.testkit.oracle.GraphNode.End;
import io.tidemill.testkit.oracle.GraphNode.Running;
import io.tidemill.testkit.oracle.GraphOracle.Missed;
import io.tidemill.testkit.oracle.GraphOracle.Origin;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A graph on its way through the engine, in some manner, and what is said of what came out. */
final class GraphRun implements AutoCloseable {
    private static final byte[] POISON = "poison".getBytes(StandardCharsets.UTF_8);
    private static final int MOVES_MAX = 4;
    private static final int RECORDS_MAX = 60;
    private static final Duration LONG = Duration.ofDays(1);

    private final GraphCase graph;
    private final GraphOracle oracle;
    private final Manner manner;
    private final SplittableRandom random;
    private final Duration horizon;
    private final long seed;
    private final Path directory;

    /** Null where the steps are taken here. */
    private final @Nullable Trigger trigger;

    private final List<CrashableStores> stores = new ArrayList<>();
    private PipelineTestDriver driver;

    /** Where it ran before it went on from a savepoint, in this order. */
    private final List<PipelineTestDriver> left = new ArrayList<>();

    private final SimulatedDisk savepoints = new SimulatedDisk(1);
    private int renames;

    /** By topic and partition, at each offset: which input it is; null for poison. */
    private final Map<TopicPartition, List<@Nullable Origin>> origins = new HashMap<>();

    private boolean corrected;
    private boolean restarted;
    private int poisoned;

    /**
     * @param corrects whether corrections happen on the way; then nobody knows what stands before the last
     * @param ends whether all windows are closed on the way, too
     * @param moves whether it goes on in another log, from a savepoint, now and then
     */
    record Manner(
            boolean live,
            int lanes,
            int resultsMax,
            int bytesMax,
            boolean restarts,
            boolean corrects,
            boolean ends,
            boolean moves,
            Way way) {
        static Manner random(Way way, SplittableRandom random) {
            return new Manner(
                    random.nextInt(3) > 0,
                    1 << random.nextInt(3),
                    random.nextInt(3) == 0 ? EngineOptions.RESULTS_PER_STEP_MAX_DEFAULT : 1 + random.nextInt(20),
                    random.nextInt(3) == 0 ? EngineOptions.STEP_BYTES_MAX_DEFAULT : 1_024,
                    random.nextInt(2) == 0,
                    random.nextInt(3) == 0,
                    random.nextInt(4) == 0,
                    false,
                    way);
        }

        /** The same, live and with savepoints. */
        Manner moving() {
            return new Manner(true, lanes, resultsMax, bytesMax, restarts, corrects, ends, true, way);
        }

        EngineOptions options(SplittableRandom random) {
            EngineOptions options = EngineOptions.defaults()
                    .lanes(lanes)
                    .resultsPerStepMax(resultsMax)
                    .stepBytesMax(bytesMax);
            if (random.nextBoolean()) {
                options = options.driftMax(Duration.ofMillis(1 + random.nextInt(100)));
            }
            return random.nextBoolean() ? options.stateLogBytesMin(random.nextInt(5_000)) : options;
        }
    }

    /** @param horizon how long windows can be corrected */
    GraphRun(GraphCase graph, Manner manner, long seed, Duration horizon, Path directory) {
        this.graph = graph;
        this.oracle = new GraphOracle(graph);
        this.manner = manner;
        this.horizon = horizon;
        this.seed = seed;
        this.directory = directory;
        this.random = Seeds.random(seed, "run");
        this.trigger = manner.way.trigger(random);
        driver = builder(manner).build();
    }

    private PipelineTestDriver.Builder builder(Manner how) {
        PipelineTestDriver.Builder builder = PipelineTestDriver.builder(pipeline())
                .options(how.options(random))
                .seed(seed);
        CrashableStores made = how.way.stores(random, directory, seed);
        if (made != null) {
            stores.add(made);
            builder.stored(made);
        }
        graph.topics().forEach((topic, stream) -> {
            builder.partitions(topic, stream.partitions().size());
        });
        return builder;
    }

    private Pipeline pipeline() {
        return GraphPipeline.of(graph, horizon, renames);
    }

    // ---- savepoints ----

    /** Takes a savepoint, and goes on from it: in another log, with other lanes, in memory or not, under other names. */
    private void move() {
        Savepoints taken = Savepoints.in(savepoints).stateStores(driver.stateStores());
        String file = taken.create(driver.log(), pipeline()).file();
        taken.verify(file);
        renames += random.nextInt(2);
        PipelineTestDriver next = builder(Manner.random(manner.way, random))
                .startingAt(driver.clock().instant())
                .build();
        left.add(driver);
        origins.keySet().forEach(partition -> copy(driver.log(), partition, next));
        RestoreOptions options = RestoreOptions.keepAll().sameRecords(true);
        taken.commitBytesMax(random.nextBoolean() ? 1_000 : 8 << 20).restore(file, next.log(), pipeline(), options);
        next.restart();
        driver = next;
    }

    private boolean hasState() {
        return driver.log()
                        .offsets(new TopicPartition(GraphPipeline.NAME + ".changelog", 0))
                        .end()
                > 0;
    }

    private static void copy(Log from, TopicPartition partition, PipelineTestDriver to) {
        RecordCursor cursor = new RecordCursor();
        long end = from.offsets(partition).end();
        for (long at = 0; at < end; at = cursor.nextOffset()) {
            from.fetch(partition, at, 1 << 20, cursor);
            while (cursor.next()) {
                to.append(
                        partition.topic(),
                        TestRecord.of(cursor.key(), cursor.value())
                                .partition(partition.partition())
                                .timestamp(Instant.ofEpochMilli(cursor.timestampMillis())));
            }
        }
    }

    private List<Log> logs() {
        return Stream.concat(left.stream(), Stream.of(driver))
                .map(PipelineTestDriver::log)
                .toList();
    }

    // ---- the run ----

    void run() {
        Feed feed = new Feed();
        while (!manner.live && feed.hasMore()) {
            feed.append();
        }
        if (trigger == null) {
            step(feed);
        } else {
            follow(trigger, feed);
        }
        driver.end();
    }

    private void step(Feed feed) {
        while (feed.hasMore()) {
            feed.append();
            act();
        }
        for (int i = random.nextInt(20); i > 0; i--) {
            act();
        }
    }

    /** On a thread of its own, while records come or they are there; and, if it may be killed, over what is there. */
    private void follow(Trigger by, Feed feed) {
        do {
            int records = 1 + random.nextInt(RECORDS_MAX);
            if (manner.restarts && random.nextInt(3) > 0) {
                restarted = true;
                feed.append(records);
                Way.killed(driver, by, random);
            } else {
                boolean corrects = manner.corrects && random.nextInt(3) == 0;
                corrected |= corrects;
                driver.live(by, run -> {
                    feed.append(records);
                    if (corrects) {
                        run.correct();
                    }
                });
            }
            driver.clock().advance(random.nextInt(20) == 0 ? LONG : Duration.ofMillis(random.nextInt(20)));
        } while (feed.hasMore() || random.nextInt(3) > 0);
    }

    /** Appends what the topics hold, each in its order. */
    private final class Feed {
        private final Map<String, Integer> next = new HashMap<>();
        private final Map<TopicPartition, Integer> nextInput = new HashMap<>();

        boolean hasMore() {
            return !open().isEmpty();
        }

        private List<String> open() {
            return graph.topics().keySet().stream()
                    .filter(topic -> next.getOrDefault(topic, 0)
                            < graph.stream(topic).arrivals().size())
                    .toList();
        }

        void append() {
            List<String> open = open();
            String topic = open.get(random.nextInt(open.size()));
            RandomStream stream = graph.stream(topic);
            Arrival arrival = stream.arrivals().get(next.merge(topic, 1, Integer::sum) - 1);
            if (manner.live && trigger == null && !arrival.pause().isZero()) {
                driver.advance(arrival.pause());
            } else if (manner.live) {
                driver.clock().advance(arrival.pause());
            }
            TopicPartition partition = new TopicPartition(topic, arrival.partition());
            if (random.nextInt(50) == 0) {
                poisoned++;
                add(TestRecord.of(null, POISON), partition, null);
            }
            int input = nextInput.merge(partition, 1, Integer::sum) - 1;
            TestRecord record = graph.record(
                    topic, stream.partitions().get(arrival.partition()).get(input));
            add(record, partition, new Origin(topic, arrival.partition(), input));
        }

        void append(int records) {
            for (int i = 0; i < records && hasMore(); i++) {
                append();
            }
        }

        private void add(TestRecord record, TopicPartition partition, @Nullable Origin origin) {
            driver.append(partition.topic(), record.partition(partition.partition()));
            origins.computeIfAbsent(partition, any -> new ArrayList<>()).add(origin);
        }
    }

    private void act() {
        for (int i = random.nextInt(4); i > 0; i--) {
            driver.step();
        }
        if (manner.restarts && random.nextInt(15) == 0) {
            restarted = true;
            boolean corrects = manner.corrects && random.nextBoolean();
            corrected |= corrects;
            driver.crashDuring(1 + random.nextInt(12), corrects ? driver::correct : driver::run);
        }
        if (manner.moves && left.size() < MOVES_MAX && random.nextInt(20) == 0 && hasState()) {
            move();
        }
        switch (random.nextInt(40)) {
            case 0 -> {
                if (manner.restarts) {
                    restarted = true;
                    driver.restart();
                }
            }
            case 1, 2 -> {
                if (manner.restarts) {
                    restarted = true;
                    driver.crash();
                }
            }
            case 3, 4 -> {
                if (manner.corrects) {
                    corrected = true;
                    driver.correct();
                }
            }
            case 5 -> driver.run();
            case 7 -> {
                if (manner.ends && !graph.hasNoCorrections()) {
                    driver.end();
                }
            }
            case 6 -> driver.advance(random.nextInt(5) == 0 ? LONG : Duration.ofMillis(1 + random.nextInt(20)));
            default -> {
                // goes on
            }
        }
    }

    // ---- what is said of it ----

    void check() {
        assertThat(dead()).as("dead letters").isEqualTo(oracle.dead);
        assertThat(sorted(late())).as("late").isEqualTo(sorted(oracle.late()));
        checkLedger();
        if (!corrected) {
            checkEnds("on time", true);
        }
        driver.correct();
        checkEnds("corrected", false);
        checkLedger();
        graph.ends().forEach(this::checkNothingIsToldTwice);
        long told = driver.ledger().results();
        driver.correct();
        driver.end();
        assertThat(driver.ledger().results()).as("told once nothing new came").isEqualTo(told);
        checkCorrections();
    }

    /** What must be true although some windows are forgotten. */
    void checkAccounts() {
        assertThat(driver.ledger().imbalances()).isEmpty();
        driver.correct();
        Ledger ledger = driver.ledger();
        assertThat(ledger.imbalances()).isEmpty();
        assertThat(ledger.deferred()).isZero();
        assertThat(ledger.corrected() + ledger.uncorrectable())
                .isEqualTo(ledger.total().late());
        driver.correct();
        driver.restart();
        driver.end();
        assertThat(driver.ledger().results()).as("told once nothing new came").isEqualTo(ledger.results());
        assertThat(driver.ledger().imbalances()).isEmpty();
    }

    private static List<String> sorted(List<?> all) {
        return all.stream().map(Object::toString).sorted().toList();
    }

    private Set<Origin> dead() {
        Set<Origin> dead = new HashSet<>();
        int others = 0;
        for (DeadLetter letter : deadLetters()) {
            DeadLetter.Origin at = letter.origin();
            assertThat(at.topic()).as("%s", letter).startsWith("in");
            if (letter.reason().equals("NOT_CORRECTABLE") && graph.hasNoCorrections()) {
                continue;
            }
            Origin origin = origin(at);
            if (origin == null) {
                others++;
            } else {
                assertThat(dead.add(origin)).as("dead twice: %s", origin).isTrue();
            }
        }
        assertThat(others).as("records that are no text").isEqualTo(poisoned);
        return dead;
    }

    private List<DeadLetter> deadLetters() {
        return Stream.concat(left.stream(), Stream.of(driver))
                .flatMap(each -> each.deadLetters().stream())
                .toList();
    }

    /** Those that had not been corrected have gone with the savepoint. */
    private Collection<LateRecord> lateRecords() {
        Map<DeadLetter.Origin, LateRecord> all = new LinkedHashMap<>();
        left.forEach(each -> each.late().forEach(late -> all.put(late.origin(), late)));
        Set<DeadLetter.Origin> before = Set.copyOf(all.keySet());
        for (LateRecord late : driver.late()) {
            LateRecord other = all.put(late.origin(), late);
            assertThat(other == null || before.contains(late.origin()))
                    .as("late twice: %s", late)
                    .isTrue();
        }
        return all.values();
    }

    private @Nullable Origin origin(DeadLetter.Origin at) {
        List<@Nullable Origin> all = origins.get(new TopicPartition(at.topic(), at.partition()));
        return Objects.requireNonNull(all).get((int) at.offset());
    }

    private List<Missed> late() {
        List<Missed> late = new ArrayList<>();
        Set<Origin> seen = new HashSet<>();
        boolean isOnly = graph.stages().size() == 1;
        for (LateRecord record : lateRecords()) {
            Origin origin = Objects.requireNonNull(origin(record.origin()));
            assertThat(seen.add(origin)).as("late twice: %s", origin).isTrue();
            for (LateRecord.Missed missed : record.missed()) {
                assertThat(missed.operator().isEmpty()).isEqualTo(isOnly);
                String operator = isOnly ? graph.stages().get(0).name() : GraphPipeline.firstName(missed.operator());
                late.add(new Missed(origin, operator, missed.window(), missed.byMillis()));
            }
        }
        return late;
    }

    private void checkLedger() {
        Ledger ledger = driver.ledger();
        assertThat(ledger.imbalances()).isEmpty();
        Ledger.Records total = ledger.total();
        long lateRecords = oracle.late().stream().map(Missed::origin).distinct().count();
        assertThat(total.read())
                .as("read")
                .isEqualTo(origins.values().stream().mapToLong(List::size).sum());
        assertThat(total.deadLettered()).as("dead").isEqualTo(oracle.dead.size() + poisoned);
        assertThat(total.late()).as("late").isEqualTo(lateRecords);
        assertThat(total.filtered()).as("filtered").isEqualTo(oracle.filtered());
        assertThat(ledger.failedResults()).isZero();
        long records =
                graph.ends().stream().mapToLong(end -> count(end.topic())).sum();
        assertThat(ledger.results()).as("results").isEqualTo(records);
    }

    private void checkCorrections() {
        Ledger ledger = driver.ledger();
        assertThat(ledger.corrected() + ledger.uncorrectable())
                .as("corrected, or not to be corrected")
                .isEqualTo(ledger.total().late());
        assertThat(ledger.deferred()).isZero();
        if (!graph.hasNoCorrections()) {
            assertThat(ledger.uncorrectable()).isZero();
        }
    }

    private void checkEnds(String what, boolean onTimeOnly) {
        for (End end : graph.ends()) {
            assertThat(differences(logs(), end, oracle.texts(end, onTimeOnly)))
                    .as("%s, %s of %s to %s", what, end.form(), end.node().name(), end.topic())
                    .isEmpty();
        }
    }

    /**
     * Between what stands in the topic of an end and what should; the first ones only.
     *
     * @param logs one after the other
     */
    private static List<String> differences(List<Log> logs, End end, Map<String, Long> wanted) {
        Map<String, Long> found = standing(logs, end);
        if (end.node().comesOfState() && end.form() == GraphNode.Form.KEYED) {
            // Under a key of the user's own nothing is taken back: what was told before may stand.
            found.keySet().retainAll(wanted.keySet());
        }
        Set<String> texts = new HashSet<>(wanted.keySet());
        texts.addAll(found.keySet());
        return texts.stream()
                .filter(text -> !Objects.equals(found.get(text), wanted.get(text)))
                .sorted()
                .limit(10)
                .map(text -> text + " is there " + found.getOrDefault(text, 0L) + " times, not "
                        + wanted.getOrDefault(text, 0L))
                .toList();
    }

    /** What stands in the topic, as texts; how often each. */
    private static Map<String, Long> standing(List<Log> logs, End end) {
        Map<String, Long> texts = new HashMap<>();
        if (end.node().comesOfState()) {
            Map<ByteBuffer, String> newest = new HashMap<>();
            forEach(logs, end.topic(), record -> {
                ByteBuffer key = ByteBuffer.wrap(Objects.requireNonNull(record.key()));
                String value = text(record.value());
                if (value == null) {
                    newest.remove(key);
                } else {
                    newest.put(key, value);
                }
            });
            newest.values().forEach(text -> texts.merge(text, 1L, Long::sum));
        } else {
            forEach(logs, end.topic(), record -> texts.merge(String.valueOf(text(record.value())), 1L, Long::sum));
        }
        return texts;
    }

    /**
     * Each record has a later revision than the last of its key, and takes back only what stands. Of a join it says something
     * new: an aggregate's answer may be what it was, of other elements.
     */
    private void checkNothingIsToldTwice(End end) {
        boolean tellsRows = end.node() instanceof GraphNode.Joined;
        if (!end.node().comesOfState() || end.node() instanceof Running) {
            return;
        }
        Map<ByteBuffer, String> standing = new HashMap<>();
        Map<ByteBuffer, Integer> revisions = new HashMap<>();
        forEach(logs(), end.topic(), record -> {
            ByteBuffer id = ByteBuffer.wrap(Objects.requireNonNull(record.key()));
            ResultKey key = ResultKey.of(record.key(), record.headers());
            String value = text(record.value());
            String what = end.topic() + ": " + value + " of " + Arrays.toString(id.array()) + " " + key;
            String stood = value == null ? standing.remove(id) : standing.put(id, value);
            if (tellsRows) {
                assertThat(value).as("%s after the same", what).isNotEqualTo(stood);
            }
            assertThat(value == null && stood == null)
                    .as("%s taken back twice", what)
                    .isFalse();
            Integer before = revisions.put(id, key.revision());
            assertThat(before == null ? -1 : before).as(what).isLessThan(key.revision());
        });
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private long count(String topic) {
        long[] count = new long[1];
        forEach(logs(), topic, record -> count[0]++);
        return count[0];
    }

    private static void forEach(List<Log> logs, String topic, Consumer<RecordCursor> taker) {
        logs.forEach(log -> forEach(log, topic, taker));
    }

    private static void forEach(Log log, String topic, Consumer<RecordCursor> taker) {
        int partitions = log.topic(topic).orElseThrow().config().partitions();
        RecordCursor cursor = new RecordCursor();
        for (int i = 0; i < partitions; i++) {
            TopicPartition partition = new TopicPartition(topic, i);
            long end = log.offsets(partition).end();
            for (long at = 0; at < end; at = cursor.nextOffset()) {
                log.fetch(partition, at, 1 << 20, cursor);
                while (cursor.next()) {
                    taker.accept(cursor);
                }
            }
        }
    }

    @Override
    public String toString() {
        return manner + ", " + trigger + ", " + stores + (restarted ? ", restarted" : "") + ", moved " + left.size()
                + " times" + "\n" + graph.describe();
    }

    @Override
    public void close() {
        left.forEach(PipelineTestDriver::close);
        driver.close();
        stores.forEach(Way::close);
    }
}
