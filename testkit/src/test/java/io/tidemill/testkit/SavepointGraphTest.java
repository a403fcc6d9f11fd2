package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.process.ValueState;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Savepoints;
import io.tidemill.engine.savepoint.CheckReport;
import io.tidemill.engine.savepoint.CheckReport.Fate;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.SampleEntry;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.log.Log;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Graphs with operators of every kind, whose code changes between a savepoint and the restore, in another log. */
final class SavepointGraphTest {
    private static final long SEED = Seeds.pick();
    private static final int EVENTS = 900;
    private static final int PARTITIONS = 2;
    private static final RestoreOptions KEEP = RestoreOptions.keepAll().sameRecords(true);

    private final List<Line> lines = lines(SEED);
    private final SimulatedDisk files = new SimulatedDisk(SEED);
    private final List<PipelineTestDriver> drivers = new ArrayList<>();
    private Savepoints savepoints = Savepoints.in(files);
    private String file = "";

    /** A record of a topic. */
    private record Line(String topic, int partition, String key, String text, long time) {}

    @BeforeAll
    static void tellSeed() {
        System.out.println("savepoints of graphs: seed " + SEED);
    }

    @AfterEach
    void close() {
        drivers.forEach(PipelineTestDriver::close);
    }

    /** Orders and payments whose order is a little wrong and sometimes more so, and names that change. */
    private static List<Line> lines(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            String topic = random.nextBoolean() ? SavepointShop.ORDERS : SavepointShop.PAYMENTS;
            long behind = random.nextInt(10) == 0 ? random.nextInt(600) : random.nextInt(30);
            long time = 10_000 + i * 3L - behind;
            String key = "k" + random.nextInt(5);
            lines.add(new Line(
                    topic, random.nextInt(PARTITIONS), key, key + " " + time + " " + random.nextInt(100), time));
            if (random.nextInt(12) == 0) {
                String named = "k" + random.nextInt(5);
                long at = 10_000 + i * 3L - random.nextInt(15);
                lines.add(new Line(
                        SavepointShop.NAMES,
                        Math.floorMod(named.hashCode(), PARTITIONS),
                        named,
                        named + " since " + at,
                        at));
            }
        }
        return lines;
    }

    // ---- running ----

    private PipelineTestDriver driver(Pipeline pipeline, int lanes, boolean stored) {
        PipelineTestDriver driver = PipelineTestDriver.builder(pipeline)
                .options(EngineOptions.defaults()
                        .lanes(lanes)
                        .stepBytesMax(2_000)
                        .resultsPerStepMax(7)
                        .stateLogBytesMin(3_000))
                .partitions(PARTITIONS)
                .stored(stored)
                .build();
        drivers.add(driver);
        return driver;
    }

    private static boolean reads(Pipeline pipeline, String topic) {
        return pipeline.operators().stream()
                .anyMatch(operator -> (operator instanceof Operator.From from
                                && from.topic().name().equals(topic))
                        || (operator instanceof Operator.Table table
                                && table.topic().name().equals(topic)));
    }

    private void append(PipelineTestDriver driver, Pipeline pipeline, double from, double to) {
        for (Line line : lines.subList((int) (lines.size() * from), (int) (lines.size() * to))) {
            if (reads(pipeline, line.topic)) {
                driver.append(
                        line.topic,
                        TestRecord.of(line.key, line.text)
                                .partition(line.partition)
                                .timestamp(Instant.ofEpochMilli(line.time)));
            }
        }
    }

    private static void finish(PipelineTestDriver driver) {
        driver.end();
        driver.correct();
        assertThat(driver.ledger().imbalances()).isEmpty();
    }

    /** Half of the input, with windows open and closed, and late records corrected and not. */
    private PipelineTestDriver save(Pipeline pipeline, int lanes, boolean stored) {
        PipelineTestDriver driver = driver(pipeline, lanes, stored);
        append(driver, pipeline, 0, 0.3);
        driver.run();
        driver.correct();
        append(driver, pipeline, 0.3, 0.5);
        for (int i = 0; i < 5; i++) {
            driver.step();
        }
        savepoints = savepoints.stateStores(driver.stateStores());
        SavepointInfo info = savepoints.create(driver.log(), pipeline);
        savepoints.verify(info.file());
        file = info.file();
        return driver;
    }

    private CheckReport restore(PipelineTestDriver driver, Pipeline pipeline, RestoreOptions options) {
        append(driver, pipeline, 0, 0.5);
        CheckReport report = savepoints.check(file, pipeline, options);
        assertThat(report.refusals()).isEmpty();
        assertThat(report.failures()).isEmpty();
        savepoints.commitBytesMax(4_000).restore(file, driver.log(), pipeline, options);
        driver.restart();
        return report;
    }

    private CheckReport move(Pipeline before, Pipeline after, RestoreOptions options) {
        PipelineTestDriver first = save(before, 2, false);
        PipelineTestDriver second = driver(after, 4, false);
        CheckReport report = restore(second, after, options);
        append(second, after, 0.5, 1);
        finish(second);
        assertStandsAsUninterrupted(after, List.of(first.log(), second.log()), SavepointShop.all());
        return report;
    }

    // ---- what comes out ----

    /** What stands in a topic, over several logs. */
    private static Map<ByteBuffer, String> standing(List<Log> logs, String topic) {
        Map<ByteBuffer, String> newest = new HashMap<>();
        for (Log log : logs) {
            if (log.topic(topic).isPresent()) {
                TopicRecords.forEach(log, topic, record -> {
                    ByteBuffer key = ByteBuffer.wrap(record.key() == null ? new byte[0] : record.key());
                    byte[] value = record.value();
                    if (value == null) {
                        newest.remove(key);
                    } else {
                        newest.put(key, new String(value, StandardCharsets.UTF_8));
                    }
                });
            }
        }
        return newest;
    }

    /** Texts, and how often each. */
    private static TreeMap<String, Long> texts(List<Log> logs, String topic) {
        return standing(logs, topic).values().stream()
                .collect(Collectors.groupingBy(text -> text, TreeMap::new, Collectors.counting()));
    }

    private void assertStandsAsUninterrupted(Pipeline pipeline, List<Log> logs, List<String> topics) {
        PipelineTestDriver whole = driver(pipeline, 1, false);
        append(whole, pipeline, 0, 1);
        finish(whole);
        for (String topic : topics) {
            if (whole.log().topic(topic).isPresent()) {
                TreeMap<String, Long> expected = texts(List.of(whole.log()), topic);
                assertThat(expected).as(topic).isNotEmpty();
                assertThat(texts(logs, topic)).as(topic).isEqualTo(expected);
            }
        }
    }

    // ---- everything is kept ----

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 4", "4, 1"})
    void everyOperatorIsKept(int lanesBefore, int lanesAfter) {
        Pipeline pipeline = new SavepointShop("shop").pipeline();
        PipelineTestDriver first = save(pipeline, lanesBefore, false);
        PipelineTestDriver second = driver(pipeline, lanesAfter, false);
        CheckReport report = restore(second, pipeline, KEEP);
        assertThat(report.operators()).hasSize(8).allMatch(operator -> operator.fate() == Fate.KEPT);
        assertThat(report.sources()).hasSize(3).allMatch(source -> source.fate() == Fate.KEPT);
        assertThat(report.warnings()).isEmpty();
        assertThat(report.decoded()).isPositive();
        append(second, pipeline, 0.5, 1);
        finish(second);
        assertStandsAsUninterrupted(pipeline, List.of(first.log(), second.log()), SavepointShop.all());
    }

    /** Where all operators may be in a store. */
    @ParameterizedTest
    @CsvSource({"true, false", "false, true", "true, true"})
    void betweenMemoryAndStores(boolean before, boolean after) {
        Pipeline pipeline = new SavepointShop("shop").pipeline();
        PipelineTestDriver first = save(pipeline, 2, before);
        PipelineTestDriver second = driver(pipeline, 1, after);
        restore(second, pipeline, KEEP);
        append(second, pipeline, 0.5, 1);
        second.run();
        second.crash();
        finish(second);
        assertStandsAsUninterrupted(pipeline, List.of(first.log(), second.log()), SavepointShop.all());
    }

    @Test
    void whatItTellsWithoutTheCode() {
        PipelineTestDriver first = save(new SavepointShop("shop").pipeline(), 1, false);
        SavepointInfo info = savepoints.create(first.log(), "shop");
        SavepointInfo known = savepoints.inspect(file);
        assertThat(info.operators()).hasSize(8);
        for (int i = 0; i < 8; i++) {
            assertThat(info.operators().get(i).name())
                    .isEqualTo(known.operators().get(i).name());
            assertThat(known.operators().get(i).properties())
                    .containsAllEntriesOf(info.operators().get(i).properties());
            assertThat(info.operators().get(i).entries())
                    .isEqualTo(known.operators().get(i).entries())
                    .isPositive();
        }
        assertThat(known.operators())
                .extracting(each -> each.name() + " " + each.operatorKind())
                .containsExactlyInAnyOrder(
                        "counts aggregate",
                        "busiest aggregate",
                        "paid window join",
                        "visits aggregate",
                        "watch function",
                        "pairs interval join",
                        "named enrichment",
                        "first deduplication");
        file = info.file();
        Pipeline pipeline = new SavepointShop("shop").pipeline();
        PipelineTestDriver second = driver(pipeline, 2, false);
        restore(second, pipeline, KEEP);
        append(second, pipeline, 0.5, 1);
        finish(second);
        assertStandsAsUninterrupted(pipeline, List.of(first.log(), second.log()), SavepointShop.all());
    }

    @Test
    void samplesOfEveryKind() {
        Pipeline pipeline = new SavepointShop("shop").pipeline();
        save(pipeline, 1, false);
        List<SampleEntry> samples = savepoints.sample(file, pipeline, 10_000);
        assertThat(samples)
                .extracting(SampleEntry::operator)
                .contains("counts", "busiest", "paid", "visits", "watch", "pairs", "named", "first");
        assertThat(samples)
                .noneMatch(each ->
                        each.key().startsWith("undecodable") || each.result().startsWith("none"));
        assertThat(samples)
                .filteredOn(each -> each.operator().equals("watch"))
                .extracting(each -> each.result().replaceAll(":.*", ""))
                .contains("count", "numbers", "by digit");
        assertThat(samples).extracting(SampleEntry::kind).contains('a', 'k', 'c', 'e', 'v', 't');
        assertThat(savepoints.sample(file, pipeline, 8))
                .extracting(SampleEntry::operator)
                .containsExactlyInAnyOrder("counts", "busiest", "paid", "visits", "watch", "pairs", "named", "first");
    }

    // ---- names ----

    @Test
    void operatorsAreRenamedByAlias() {
        Pipeline after = new SavepointShop("other")
                .aliased("counts", "per key")
                .aliased("paid", "settled")
                .aliased("visits", "stays")
                .aliased("watch", "guard")
                .pipeline();
        CheckReport report = move(new SavepointShop("shop").pipeline(), after, KEEP);
        assertThat(report.operators())
                .filteredOn(operator -> operator.fate() == Fate.RENAMED)
                .extracting(CheckReport.Operator::now)
                .containsExactlyInAnyOrder("per key", "settled", "stays", "guard");
        assertThat(report.changes()).contains("the pipeline is 'other', and was 'shop'");
    }

    /** What follows it has kept its results under another name: corrections must replace those. */
    @Test
    void operatorsAreRenamedByOptionAndSwapped() {
        Pipeline after = new SavepointShop("shop")
                .only("counts", "busiest", "visits")
                .renamed("counts", "visits")
                .renamed("visits", "counts")
                .pipeline();
        Pipeline before =
                new SavepointShop("shop").only("counts", "busiest", "visits").pipeline();
        move(before, after, KEEP.rename("counts", "visits").rename("visits", "counts"));
    }

    @Test
    void twoOperatorsAreNotMadeOne() {
        save(new SavepointShop("shop").only("visits", "watch").pipeline(), 1, false);
        Pipeline after = new SavepointShop("shop").only("visits").pipeline();
        CheckReport report = savepoints.check(file, after, KEEP.rename("watch", "visits"));
        assertThat(report.refusals())
                .anySatisfy(refusal -> assertThat(refusal)
                        .contains("'watch'", "'visits'", "of the savepoint are both to be 'visits' in the code"));
        assertThat(report.refusals()).noneMatch(refusal -> refusal.contains("is not in the code"));
    }

    // ---- operators come and go ----

    @Test
    void anOperatorComes() {
        Pipeline before = new SavepointShop("shop").without("busiest", "watch").pipeline();
        Pipeline after = new SavepointShop("shop").pipeline();
        PipelineTestDriver first = save(before, 1, false);
        PipelineTestDriver second = driver(after, 2, false);
        CheckReport report = restore(second, after, KEEP);
        assertThat(report.operators())
                .filteredOn(operator -> operator.fate() == Fate.ADDED)
                .extracting(CheckReport.Operator::name)
                .containsExactlyInAnyOrder("busiest", "watch");
        assertThat(report.warnings()).hasSize(2).allMatch(warning -> warning.contains("begins empty"));
        append(second, after, 0.5, 1);
        finish(second);
        List<String> kept = new ArrayList<>(SavepointShop.all());
        kept.removeAll(List.of("busiest", "watch"));
        assertStandsAsUninterrupted(after, List.of(first.log(), second.log()), kept);
        assertThat(texts(List.of(second.log()), "busiest")).isNotEmpty();
        assertThat(texts(List.of(second.log()), "watch")).isNotEmpty();
    }

    @Test
    void anOperatorGoesOnlyByName() {
        Pipeline after = new SavepointShop("shop").without("visits", "paid").pipeline();
        save(new SavepointShop("shop").pipeline(), 2, false);
        CheckReport report = savepoints.check(file, after, KEEP.drop("visits"));
        assertThat(report.refusals())
                .singleElement()
                .asString()
                .contains("operator 'paid' has ", "is not in the code", "or give its state up with --drop paid");
        PipelineTestDriver refused = driver(after, 1, false);
        append(refused, after, 0, 0.5);
        assertThatThrownBy(() -> savepoints.restore(file, refused.log(), after, KEEP.drop("visits")))
                .isInstanceOf(SavepointException.class)
                .hasMessageContaining("--drop paid");
        CheckReport dropped = move(
                new SavepointShop("shop").pipeline(), after, KEEP.drop("visits").drop("paid"));
        assertThat(dropped.operators())
                .filteredOn(operator -> operator.fate() == Fate.DROPPED)
                .extracting(CheckReport.Operator::name)
                .containsExactlyInAnyOrder("visits", "paid");
    }

    @Test
    void fromOneOperatorToMany() {
        Pipeline before = new SavepointShop("shop").only("counts").pipeline();
        Pipeline after = new SavepointShop("shop").only("counts", "paid").pipeline();
        PipelineTestDriver first = save(before, 1, false);
        PipelineTestDriver second = driver(after, 2, false);
        restore(second, after, KEEP);
        append(second, after, 0.5, 1);
        finish(second);
        assertStandsAsUninterrupted(after, List.of(first.log(), second.log()), List.of("counts"));
    }

    @Test
    void fromManyOperatorsToOne() {
        Pipeline before = new SavepointShop("shop").only("counts", "paid").pipeline();
        Pipeline after = new SavepointShop("shop").only("counts").pipeline();
        move(before, after, KEEP.drop("paid").dropSource(SavepointShop.PAYMENTS));
    }

    @Test
    void anOperatorThatOthersStandBehindBeginsAnew() {
        Pipeline before = new SavepointShop("shop").only("counts", "busiest").pipeline();
        Pipeline after = new SavepointShop("shop")
                .only("counts", "busiest")
                .size(Duration.ofMillis(50))
                .pipeline();
        PipelineTestDriver first = save(before, 1, false);
        assertThat(savepoints.check(file, after, KEEP).refusals())
                .singleElement()
                .asString()
                .startsWith(
                        "operator 'counts' is not what it was: it had tumbling windows of PT0.1S, now tumbling windows of"
                                + " PT0.05S");
        PipelineTestDriver second = driver(after, 2, false);
        restore(second, after, KEEP.drop("counts"));
        append(second, after, 0.5, 1);
        finish(second);
        // It keeps what the former operator told, and takes what the new one tells for more.
        TreeMap<String, Long> told = greatestBySecond(first.log());
        greatestBySecond(second.log()).forEach((time, number) -> told.merge(time, number, Math::max));
        TreeMap<String, Long> busiest = new TreeMap<>();
        texts(List.of(first.log(), second.log()), "busiest")
                .keySet()
                .forEach(text -> busiest.put(
                        text.substring("all ".length(), text.indexOf('/')),
                        Long.valueOf(text.substring(text.lastIndexOf(' ') + 1))));
        assertThat(busiest).isNotEmpty().isEqualTo(told);
    }

    /** Of the results of 'counts' in a log, by the beginning of the second they are in. */
    private static TreeMap<String, Long> greatestBySecond(Log log) {
        TreeMap<String, Long> greatest = new TreeMap<>();
        texts(List.of(log), "counts").keySet().forEach(text -> {
            String[] words = text.split(" ", -1);
            Instant last =
                    Instant.parse(words[1].substring(words[1].indexOf('/') + 1)).minusMillis(1);
            greatest.merge(last.truncatedTo(ChronoUnit.SECONDS).toString(), Long.valueOf(words[2]), Math::max);
        });
        return greatest;
    }

    // ---- operators change ----

    @Test
    void anotherKindUnderTheSameName() {
        save(new SavepointShop("shop").pipeline(), 1, false);
        Pipeline after =
                new SavepointShop("shop").without("busiest").countsAreFunction().pipeline();
        assertThat(savepoints.check(file, after, KEEP.drop("busiest")).refusals())
                .singleElement()
                .asString()
                .startsWith("operator 'counts' is not what it was: it was of the kind aggregate, now function; what one"
                        + " keeps says nothing to the other.")
                .endsWith("or give the state up with --drop counts");
    }

    /** It keeps elements as they are, and folds them when it is asked. */
    @Test
    void anotherAggregateOverTheSameResults() {
        Pipeline before = new SavepointShop("shop").only("counts", "busiest").pipeline();
        Pipeline after = new SavepointShop("shop")
                .only("counts", "busiest")
                .leastCounts()
                .pipeline();
        PipelineTestDriver first = save(before, 1, false);
        PipelineTestDriver second = driver(after, 2, false);
        CheckReport report = restore(second, after, KEEP);
        assertThat(report.changes()).anyMatch(change -> change.startsWith("'busiest': accumulators of format rows("));
        append(second, after, 0.5, 1);
        finish(second);
        assertStandsAsUninterrupted(after, List.of(first.log(), second.log()), List.of("counts"));
    }

    @Test
    void statesOfAFunctionComeAndGoByName() {
        save(new SavepointShop("shop").only("watch").pipeline(), 1, false);
        Pipeline less = new SavepointShop("shop")
                .only("watch")
                .states(SavepointShop.COUNT, SavepointShop.NUMBERS, ValueState.of("new", Codec.text()))
                .pipeline();
        assertThat(savepoints.check(file, less, KEEP).refusals())
                .singleElement()
                .asString()
                .contains(
                        "'watch': state 'by digit' (",
                        "is not in the code: put it back, or give it up with --reset-part by digit");
        PipelineTestDriver second = driver(less, 2, false);
        CheckReport report = restore(second, less, KEEP.resetPart("by digit"));
        assertThat(report.changes()).contains("'watch': state 'new' is new, and empty");
        append(second, less, 0.5, 1);
        finish(second);
        assertThat(texts(List.of(second.log()), "watch")).isNotEmpty();
    }

    // ---- sources ----

    @Test
    void aSourceComesAndIsReadFromItsBeginning() {
        Pipeline before = new SavepointShop("shop").only("counts", "busiest").pipeline();
        Pipeline after = new SavepointShop("shop")
                .only("counts", "busiest", "visits", "watch")
                .pipeline();
        CheckReport report = move(before, after, KEEP);
        assertThat(report.sources())
                .containsExactly(
                        new CheckReport.Source(Fate.KEPT, SavepointShop.ORDERS),
                        new CheckReport.Source(Fate.ADDED, SavepointShop.PAYMENTS));
        assertThat(report.warnings())
                .anyMatch(warning ->
                        warning.startsWith("topic 'payments' was not read before, and is read from its beginning"));
    }

    /** Its records are on time by its own watermark, and open again what had closed. */
    @Test
    void aSourceComesToAnOperatorThatIsKept() {
        Pipeline before = new SavepointShop("shop").only("counts", "busiest").pipeline();
        Pipeline after = new SavepointShop("shop")
                .only("counts", "busiest")
                .countsOfBoth()
                .pipeline();
        CheckReport report = move(before, after, KEEP);
        assertThat(report.changes()).contains("'counts': reads is orders, payments, and was orders");
    }

    @Test
    void aSourceOfAnOperatorThatIsKeptGoes() {
        Pipeline before = new SavepointShop("shop")
                .only("counts", "busiest")
                .countsOfBoth()
                .pipeline();
        Pipeline after = new SavepointShop("shop").only("counts", "busiest").pipeline();
        save(before, 2, false);
        PipelineTestDriver second = driver(after, 1, false);
        CheckReport report = restore(second, after, KEEP.dropSource("payments"));
        assertThat(report.warnings())
                .singleElement()
                .asString()
                .startsWith("the offsets of topic 'payments' are given up");
        append(second, after, 0.5, 1);
        finish(second);
        assertThat(texts(List.of(second.log()), "busiest")).isNotEmpty();
    }

    @Test
    void aSourceGoesOnlyByName() {
        Pipeline before = new SavepointShop("shop").only("counts", "visits").pipeline();
        Pipeline after = new SavepointShop("shop").only("counts").pipeline();
        save(before, 1, false);
        assertThat(savepoints.check(file, after, KEEP.drop("visits")).refusals())
                .singleElement()
                .asString()
                .isEqualTo("the savepoint holds offsets of topic 'payments', and the code reads 'orders': offsets mean"
                        + " nothing in another topic. Let the code read 'payments', or give its offsets up with"
                        + " --drop-source payments");
        assertThat(savepoints
                        .check(file, before, KEEP.dropSource("payments").dropSource("nothing"))
                        .refusals())
                .containsExactlyInAnyOrder(
                        "the code still reads topic 'payments', and goes on where it was: leave --drop-source payments"
                                + " out",
                        "the savepoint holds no offsets of a topic 'nothing', but of 'orders', 'payments': name one of"
                                + " those with --drop-source");
        CheckReport report = move(before, after, KEEP.drop("visits").dropSource("payments"));
        assertThat(report.sources()).contains(new CheckReport.Source(Fate.DROPPED, SavepointShop.PAYMENTS));
    }

    // ---- damage ----

    @Test
    void everyFlippedBitIsSeen() throws Exception {
        Pipeline pipeline = new SavepointShop("shop").pipeline();
        save(pipeline, 1, false);
        SavepointInfo info = savepoints.inspect(file);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 300; i++) {
            long position = random.nextLong(info.bytes());
            int bit = random.nextInt(8);
            files.flipBit(file, position, bit);
            assertThatThrownBy(() -> savepoints.verify(file))
                    .as("position %s", position)
                    .isInstanceOf(SavepointException.class)
                    .hasMessageContaining("is no savepoint, or a damaged one");
            assertThatThrownBy(() -> savepoints.check(file, pipeline, KEEP)).isInstanceOf(SavepointException.class);
            files.flipBit(file, position, bit);
        }
        savepoints.verify(file);
        assertThat(savepoints.check(file, pipeline, KEEP.full(true)).isRestorable())
                .isTrue();
    }
}
