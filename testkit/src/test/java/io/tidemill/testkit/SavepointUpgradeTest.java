package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.Early;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Sliding;
import io.tidemill.api.Tumbling;
import io.tidemill.api.WindowedStream;
import io.tidemill.api.Windowing;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineException;
import io.tidemill.engine.savepoint.CheckReport;
import io.tidemill.engine.savepoint.CheckReport.Fate;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.testkit.SavepointRig.Event;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each change of the code that state may survive, and those that are refused. */
final class SavepointUpgradeTest {
    private static final long SEED = 7;
    private static final Duration BOUND = Duration.ofMillis(50);
    private static final Windowing HUNDRED = Tumbling.of(Duration.ofMillis(100));
    private static final RestoreOptions KEEP = RestoreOptions.keepAll();

    private final List<List<String>> events = SavepointRig.events(SEED, 1_000);
    private final SavepointRig rig = new SavepointRig(SEED);
    private String file = "";

    /** Whoever made it gave it this version's format. */
    private record Spread(int version) implements Aggregate<Event, long[], String> {
        @Override
        public String format() {
            return "spread-" + version;
        }

        @Override
        public long[] create() {
            return new long[] {Long.MAX_VALUE, Long.MIN_VALUE, 0};
        }

        @Override
        public long[] add(long[] accumulator, Event value) {
            return merge(accumulator, new long[] {value.number(), value.number(), 1});
        }

        @Override
        public long[] merge(long[] left, long[] right) {
            left[0] = Math.min(left[0], right[0]);
            left[1] = Math.max(left[1], right[1]);
            left[2] += right[2];
            return left;
        }

        @Override
        public String result(long[] accumulator) {
            return accumulator[0] + ".." + accumulator[1] + (version == 1 ? "" : " of " + accumulator[2]);
        }

        @Override
        public void write(long[] accumulator, ByteSink sink) {
            sink.writeVarlong(accumulator[0]);
            sink.writeVarlong(accumulator[1]);
            if (version > 1) {
                sink.writeVarlong(accumulator[2]);
            }
        }

        @Override
        public long[] read(ByteSource source) {
            return new long[] {source.readVarlong(), source.readVarlong(), version > 1 ? source.readVarlong() : 0};
        }

        @Override
        public boolean reads(String olderFormat) {
            return olderFormat.equals(format()) || (version == 2 && olderFormat.equals("spread-1"));
        }

        @Override
        public long[] read(ByteSource source, String olderFormat) {
            return olderFormat.equals(format()) ? read(source) : new Spread(1).read(source);
        }
    }

    @BeforeEach
    void load() {
        rig.append(events, 0, 0.5);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static Pipeline count(String name, String operator, String... former) {
        return SavepointRig.pipeline(
                name,
                BOUND,
                HUNDRED,
                UnaryOperator.identity(),
                Aggregate.count(),
                results -> results.as(operator).formerly(former));
    }

    private static Pipeline count(
            String name, Duration bound, Windowing windowing, UnaryOperator<WindowedStream<String, Event>> settings) {
        return SavepointRig.pipeline(
                name, bound, windowing, settings, Aggregate.count(), results -> results.as("count"));
    }

    private static Pipeline of(String name, Aggregate<Event, ?, ?> aggregate) {
        return SavepointRig.pipeline(
                name, BOUND, HUNDRED, UnaryOperator.identity(), aggregate, results -> results.as("op"));
    }

    @SuppressWarnings("unchecked") // every second one is a part
    private static Aggregate<Event, ?, Map<String, Object>> all(Object... namesAndParts) {
        Map<String, Aggregate<Event, ?, ?>> parts = new TreeMap<>();
        for (int i = 0; i < namesAndParts.length; i += 2) {
            parts.put((String) namesAndParts[i], (Aggregate<Event, ?, ?>) namesAndParts[i + 1]);
        }
        return Aggregate.all(parts);
    }

    /** Runs the first half, with some windows open, some closed and some late records not yet corrected. */
    private void save(Pipeline pipeline) {
        rig.run(pipeline, 1, 5);
        rig.correct(pipeline, 1);
        rig.run(pipeline, 1);
        file = rig.savepoints.create(rig.log, pipeline).file();
    }

    private CheckReport restore(Pipeline pipeline, RestoreOptions options) {
        CheckReport report = rig.savepoints.check(file, pipeline, options);
        assertThat(report.refusals()).isEmpty();
        assertThat(report.failures()).isEmpty();
        rig.savepoints.restore(file, rig.log, pipeline, options);
        return report;
    }

    private Ledger finish(Pipeline pipeline) {
        rig.append(events, 0.5, 1);
        Ledger ledger = rig.finish(pipeline, 2);
        assertThat(ledger.imbalances()).isEmpty();
        assertThat(ledger.total().read())
                .isEqualTo(events.stream().mapToInt(List::size).sum());
        return ledger;
    }

    private TreeMap<String, String> uninterrupted(Pipeline pipeline) {
        try (SavepointRig whole = new SavepointRig(SEED)) {
            whole.append(events, 0, 1);
            whole.finish(pipeline, 1);
            return whole.results();
        }
    }

    private void refuses(Pipeline pipeline, RestoreOptions options, String... sentence) {
        CheckReport report = rig.savepoints.check(file, pipeline, options);
        assertThat(report.isRestorable()).isFalse();
        assertThat(String.join("; ", report.refusals())).contains(sentence);
        assertThatThrownBy(() -> rig.savepoints.restore(file, rig.log, pipeline, options))
                .isInstanceOf(SavepointException.class)
                .hasMessageContaining("cannot be restored")
                .hasMessageContainingAll(sentence);
        assertThat(rig.log.topic(pipeline.name() + ".changelog")).isEmpty();
    }

    // ---- names ----

    @Test
    void renamedByAlias() {
        save(count("old", "count"));
        Pipeline changed = count("new", "visits", "hits", "count");
        CheckReport report = restore(changed, KEEP);
        assertThat(report.operators()).singleElement().satisfies(operator -> {
            assertThat(operator.fate()).isEqualTo(Fate.RENAMED);
            assertThat(operator.now()).isEqualTo("visits");
        });
        assertThat(report.decoded()).isPositive();
        finish(changed);
        assertThat(rig.results()).isEqualTo(uninterrupted(changed));
    }

    @Test
    void renamedByAliasTheEngineGoesOnAtOnce() {
        Pipeline before = count("p", "count");
        rig.run(before, 1);
        assertThatThrownBy(() -> rig.run(count("p", "visits"), 1))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("has state of another shape")
                .hasMessageContaining("tidemill savepoint check");
        Pipeline changed = count("p", "visits", "count");
        rig.append(events, 0.5, 0.7);
        rig.run(changed, 2, 4);
        rig.correct(changed, 4);
        // Records of both names are there now, and a savepoint of them is one under the newest.
        String mixed = rig.savepoints.create(rig.log, changed).file();
        assertThat(rig.savepoints.inspect(mixed).operators())
                .singleElement()
                .satisfies(operator -> assertThat(operator.name()).isEqualTo("visits"));
        rig.savepoints.restore(mixed, rig.log, count("q", "visits"), KEEP);
        rig.append(events, 0.7, 1);
        TreeMap<String, String> expected = uninterrupted(before);
        rig.finish(changed, 1);
        assertThat(rig.results()).isEqualTo(expected);
        rig.finish(count("q", "visits"), 1);
        assertThat(rig.results()).isEqualTo(expected);
    }

    @Test
    void renamedByOption() {
        save(count("old", "count"));
        Pipeline changed = count("new", "visits");
        refuses(
                changed,
                KEEP,
                "operator 'count' has ",
                "say --rename count=NEW",
                "or give its state up with --drop count");
        refuses(
                changed,
                KEEP.rename("nothing", "visits"),
                "there is no operator 'nothing' in the savepoint, which has 'count'");
        refuses(
                changed,
                KEEP.rename("count", "other"),
                "there is no operator 'other' with state in the code, which has 'visits'");
        restore(changed, KEEP.rename("count", "visits"));
        finish(changed);
        assertThat(rig.results()).isEqualTo(uninterrupted(changed));
    }

    @Test
    void droppedByName() {
        save(count("old", "count"));
        Pipeline stateless = SavepointRig.from("new", BOUND).map(Event::key).to(SavepointRig.RESULTS, Codec.text());
        refuses(stateless, KEEP, "operator 'count' has ", "and is not in the code, which has none");
        refuses(stateless, KEEP.drop("nothing"), "there is no operator 'nothing' in the savepoint");
        CheckReport report = restore(stateless, KEEP.drop("count"));
        assertThat(report.operators()).extracting(CheckReport.Operator::fate).containsExactly(Fate.DROPPED);
        assertThat(report.warnings())
                .anyMatch(warning -> warning.startsWith("the state of operator 'count' is given up"));
        finish(stateless);
    }

    @Test
    void droppedForAnother() {
        save(count("old", "count"));
        Pipeline other = count("new", BOUND, Tumbling.of(Duration.ofMillis(70)), UnaryOperator.identity());
        CheckReport report = restore(other, KEEP.drop("count"));
        assertThat(report.operators()).extracting(CheckReport.Operator::fate).containsExactly(Fate.DROPPED, Fate.ADDED);
        assertThat(report.warnings()).anyMatch(warning -> warning.contains("'count' begins empty"));
        finish(other);
    }

    // ---- settings that may change ----

    @Test
    void settingsChange() {
        Pipeline before = count("old", BOUND, HUNDRED, UnaryOperator.identity());
        save(before);
        Pipeline after = count(
                "new",
                Duration.ofMillis(20),
                HUNDRED,
                stream -> stream.allowedLateness(Duration.ofMillis(40))
                        .correctableFor(Duration.ofDays(3))
                        .early(Early.count(5)));
        CheckReport report = restore(after, KEEP);
        assertThat(report.changes())
                .contains(
                        "the watermark's bound is PT0.02S, and was PT0.05S",
                        "'count': allowedLateness is PT0.04S, and was PT0S",
                        "'count': correctableFor is PT72H, and was PT168H")
                .anyMatch(change -> change.startsWith("'count': early is "));
        assertThat(report.warnings()).isEmpty();
        finish(after);
        // What is late has changed, and so when it was corrected; the answer has not.
        assertThat(rig.results()).isEqualTo(uninterrupted(before));
    }

    @Test
    void aLargerBound() {
        Pipeline before = count("old", BOUND, HUNDRED, UnaryOperator.identity());
        save(before);
        Pipeline after = count("new", Duration.ofMillis(500), HUNDRED, UnaryOperator.identity());
        restore(after, KEEP);
        finish(after);
        assertThat(rig.results()).isEqualTo(uninterrupted(before));
    }

    @Test
    void slicesNeedTheSettingsThatMadeThem() {
        Windowing sliding = Sliding.of(Duration.ofMillis(200), Duration.ofMillis(100));
        save(count("old", BOUND, sliding, UnaryOperator.identity()));
        Pipeline lenient = count("new", BOUND, sliding, stream -> stream.allowedLateness(Duration.ofMillis(40)));
        refuses(lenient, KEEP, "operator 'count' holds slices that its windows share", "let all windows close before");
    }

    @Test
    void fromWholeWindowsToSlices() {
        Windowing sliding = Sliding.of(Duration.ofMillis(200), Duration.ofMillis(100));
        save(count("old", BOUND, sliding, stream -> stream.allowedLateness(Duration.ofMillis(40))));
        Pipeline sliced = count("new", BOUND, sliding, UnaryOperator.identity());
        restore(sliced, KEEP);
        finish(sliced);
        assertThat(rig.results()).isEqualTo(uninterrupted(sliced));
    }

    // ---- what may not change ----

    @Test
    void refusesAnotherWindow() {
        save(count("old", "count"));
        refuses(
                count("new", BOUND, Tumbling.of(Duration.ofMillis(200)), UnaryOperator.identity()),
                KEEP,
                "operator 'count' is not what it was: it had tumbling windows of PT0.1S, now tumbling windows of PT0.2S",
                "Change the windows back, or give the state up with --drop count");
        refuses(
                count(
                        "new",
                        BOUND,
                        Sliding.of(Duration.ofMillis(100), Duration.ofMillis(50)),
                        UnaryOperator.identity()),
                KEEP,
                "now sliding windows of PT0.1S every PT0.05S");
    }

    @Test
    void refusesAnotherKey() {
        save(count("old", "count"));
        Pipeline numbers = SavepointRig.from("new", BOUND)
                .keyBy(Event::number, Codec.int64())
                .window(HUNDRED)
                .aggregate(Aggregate.count())
                .as("count")
                .to(SavepointRig.RESULTS, result -> "", Codec.text());
        refuses(
                numbers,
                KEEP,
                "operator 'count' is not what it was: its keys were "
                        + Codec.text().format() + ", now " + Codec.int64().format(),
                "Change the key's codec back, or give the state up with --drop count");
    }

    @Test
    void refusesAnotherAggregateAndAnotherSource() {
        save(of("old", Aggregate.count()));
        refuses(
                of("new", Aggregate.sum(Event::number)),
                KEEP,
                "its accumulators have format count, and the code's aggregate has sum and does not read that",
                "let it read the older format (Aggregate.reads)");
        Pipeline elsewhere = Pipeline.named("new")
                .from(io.tidemill.api.Topic.of("others", Codec.text()))
                .to(SavepointRig.RESULTS, Codec.text());
        refuses(elsewhere, KEEP, "the savepoint holds offsets of topic 'events', and the code reads 'others'");
    }

    // ---- aggregates that evolve ----

    @Test
    void aUsersOwnAggregateReadsItsOlderFormat() {
        save(of("old", new Spread(1)));
        refuses(of("new", new Spread(3)), KEEP, "format spread-1, and the code's aggregate has spread-3");
        Pipeline second = of("new", new Spread(2));
        CheckReport report = restore(second, KEEP);
        assertThat(report.changes())
                .contains("'op': accumulators of format spread-1 are read, and written as spread-2");
        finish(second);
        TreeMap<String, String> spreads = new TreeMap<>(rig.results());
        spreads.replaceAll((key, value) -> value.replaceAll(" of .*", ""));
        assertThat(spreads).isEqualTo(uninterrupted(of("old", new Spread(1))));
        assertThat(rig.results().values()).anyMatch(value -> value.contains(" of "));
    }

    @Test
    void aPartComes() {
        save(of("old", all("n", Aggregate.count(), "sum", Aggregate.sum(Event::number))));
        Pipeline more = of(
                "new",
                all(
                        "avg",
                        Aggregate.average(Event::number),
                        "n",
                        Aggregate.count(),
                        "sum",
                        Aggregate.sum(Event::number)));
        CheckReport report = restore(more, KEEP);
        assertThat(report.warnings()).singleElement().asString().contains("part 'avg' is new and begins empty");
        finish(more);
        assertThat(only("n", rig.results())).isEqualTo(only("n", uninterrupted(more)));
        assertThat(only("sum", rig.results())).isEqualTo(only("sum", uninterrupted(more)));
    }

    /** Also one that is not of numbers alone, which is kept in another way. */
    @Test
    void aPartGoesAndAnotherComes() {
        save(of(
                "old",
                all(
                        "distinct",
                        Aggregate.countDistinct(Event::key, Codec.text()),
                        "most",
                        Aggregate.max(Event::number),
                        "n",
                        Aggregate.count())));
        Pipeline less = of("new", all("least", Aggregate.min(Event::number), "n", Aggregate.count()));
        refuses(less, KEEP, "part 'most' is not in the code: put it back, or give its state up with --reset-part most");
        refuses(less, KEEP.resetPart("most"), "give its state up with --reset-part distinct");
        refuses(
                less,
                KEEP.resetPart("most").resetPart("distinct").resetPart("n"),
                "no part 'n' has gone or changed",
                "leave --reset-part n out");
        CheckReport report = restore(less, KEEP.resetPart("most").resetPart("distinct"));
        assertThat(report.warnings())
                .contains("'op': the state of part 'most' is given up")
                .hasSize(3);
        finish(less);
        assertThat(only("n", rig.results())).isEqualTo(only("n", uninterrupted(less)));
    }

    @Test
    void aPartChanges() {
        save(of("old", all("n", Aggregate.count(), "x", Aggregate.max(Event::number))));
        Pipeline changed = of("new", all("n", Aggregate.count(), "x", Aggregate.average(Event::number)));
        refuses(changed, KEEP, "part 'x' has another format", "--reset-part x");
        restore(changed, KEEP.resetPart("x"));
        finish(changed);
        assertThat(only("n", rig.results())).isEqualTo(only("n", uninterrupted(changed)));
    }

    @Test
    void aPartThatNobodyCanSkip() {
        save(of("old", all("n", Aggregate.count(), "own", new Spread(1))));
        refuses(
                of("new", all("n", Aggregate.count())),
                KEEP.resetPart("own"),
                "the bytes of part 'own' can be neither read nor skipped");
        Pipeline evolved = of("new", all("n", Aggregate.count(), "own", new Spread(2)));
        CheckReport report = restore(evolved, KEEP);
        assertThat(report.changes()).contains("'op': part 'own' reads its older format");
        finish(evolved);
    }

    /** One part of each result: what closed before the savepoint has the parts of before. */
    private static TreeMap<String, String> only(String part, TreeMap<String, String> results) {
        TreeMap<String, String> changed = new TreeMap<>(results);
        changed.replaceAll((key, value) -> value.replaceAll(".*\\b(" + part + "=[^,}]*).*", "$1"));
        return changed;
    }

    /** It says that its format is the same, and it is not. */
    private record Liar() implements Aggregate<Event, String, String> {
        @Override
        public String format() {
            return "count";
        }

        @Override
        public String create() {
            return "";
        }

        @Override
        public String add(String accumulator, Event value) {
            return "";
        }

        @Override
        public String merge(String left, String right) {
            return "";
        }

        @Override
        public String result(String accumulator) {
            return "";
        }

        @Override
        public void write(String accumulator, ByteSink sink) {
            sink.writeText(accumulator);
        }

        @Override
        public String read(ByteSource source) {
            return source.readText();
        }
    }

    /** A codec whose format stays when the class behind it changes, as that of JSON does. */
    private record Fussy(boolean isNewer) implements Codec<String> {
        @Override
        public String format() {
            return "fussy";
        }

        @Override
        public void encode(String value, ByteSink sink) {
            Codec.text().encode(value, sink);
        }

        @Override
        public String decode(byte[] bytes, int offset, int length) throws Exception {
            if (isNewer) {
                throw new IllegalArgumentException("not a number");
            }
            return Codec.text().decode(bytes, offset, length);
        }
    }

    private static Aggregate<Event, ?, ?> keeping(String what, boolean isNewer) {
        Fussy codec = new Fussy(isNewer);
        return switch (what) {
            case "minBy" -> Aggregate.minBy(Event::number, Event::key, codec);
            case "maxBy" -> Aggregate.maxBy(Event::number, Event::key, codec);
            case "topK" -> Aggregate.topK(Event::number, Event::key, codec, 3);
            case "bottomK" -> Aggregate.bottomK(Event::number, Event::key, codec, 3);
            case "allMaxBy" -> Aggregate.allMaxBy(Event::number, Event::key, codec);
            case "mostFrequent" -> Aggregate.mostFrequent(Event::key, codec, 3);
            case "all" -> all("n", Aggregate.count(), "best", keeping("maxBy", isNewer));
            case "both" ->
                Aggregate.both(
                        Aggregate.count(),
                        Aggregate.maxBy(Event::number, Event::key, codec),
                        (count, best) -> count + " " + best);
            default -> throw new IllegalArgumentException(what);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"minBy", "maxBy", "topK", "bottomK", "allMaxBy", "mostFrequent", "all", "both"})
    void valuesWithinAccumulatorsAreDecoded(String what) {
        save(of("old", keeping(what, false)));
        assertThat(rig.savepoints.check(file, of("new", keeping(what, false)), KEEP.full(true)))
                .satisfies(report -> assertThat(report.failures()).isEmpty())
                .satisfies(report -> assertThat(report.isRestorable()).isTrue());
        Pipeline newer = of("new", keeping(what, true));
        for (boolean full : new boolean[] {false, true}) {
            CheckReport report = rig.savepoints.check(file, newer, KEEP.full(full));
            assertThat(report.refusals()).isEmpty();
            assertThat(report.isRestorable()).isFalse();
            assertThat(report.failures())
                    .isNotEmpty()
                    .allSatisfy(failure -> assertThat(failure.error()).contains("not a number"));
        }
        assertThatThrownBy(() -> rig.savepoints.restore(file, rig.log, newer, KEEP))
                .isInstanceOf(SavepointException.class)
                .hasMessageContaining("an entry of 'op' cannot be decoded (key k");
    }

    /** The result fails before and after alike, and no value is to blame. */
    @Test
    void aResultThatFailsIsNoFailedDecoding() {
        Aggregate<Event, ?, ?> tooMany = Aggregate.mostFrequent(Event::number, Codec.int64(), 3, 1);
        save(of("old", tooMany));
        CheckReport report = rig.savepoints.check(file, of("new", tooMany), KEEP.full(true));
        assertThat(report.decoded()).isPositive();
        assertThat(report.failures()).isEmpty();
        assertThat(report.isRestorable()).isTrue();
    }

    @Test
    void realEntriesAreDecoded() {
        save(of("old", Aggregate.count()));
        CheckReport report = rig.savepoints.check(file, of("new", new Liar()), KEEP.full(true));
        assertThat(report.refusals()).isEmpty();
        assertThat(report.isRestorable()).isFalse();
        assertThat(report.failures()).isNotEmpty().allSatisfy(failure -> {
            assertThat(failure.key()).startsWith("k");
            assertThat(failure.error()).contains("bytes wanted");
        });
        assertThatThrownBy(() -> rig.savepoints.restore(file, rig.log, of("new", new Liar()), KEEP))
                .hasMessageContaining("an entry of 'op' cannot be decoded (key k");
    }
}
