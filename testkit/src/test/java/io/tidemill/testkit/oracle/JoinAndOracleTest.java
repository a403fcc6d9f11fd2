package io.tidemill.testkit.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Codec;
import io.tidemill.api.Cumulative;
import io.tidemill.api.EventStream;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.WindowJoin;
import io.tidemill.api.Windowing;
import io.tidemill.api.plan.Operator.JoinKind;
import io.tidemill.engine.ResultKey;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.testkit.PipelineTestDriver;
import io.tidemill.testkit.Seeds;
import io.tidemill.testkit.TestResult;
import io.tidemill.testkit.Way;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Joins of every kind, over windows of every kind, against all pairs: what stands when the windows have closed is what the
 * elements on time make, and what stands after corrections is what a batch job answers. Nothing is told twice.
 */
final class JoinAndOracleTest {
    private static final int STREAMS = Integer.getInteger("tidemill.property.cases", 300) / 6;
    private static final String RESULTS = "out";

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void inTumblingWindows(Way way) throws Exception {
        Seeds.run(seed -> {
            for (int i = 0; i < way.cases(STREAMS); i++) {
                SplittableRandom random = Seeds.random(seed + i, "case");
                Duration size = Duration.ofMillis(1 + random.nextInt(50));
                check(way, seed + i, Tumbling.of(size), size.toMillis());
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void inSlidingAndCumulativeWindows(Way way) throws Exception {
        Seeds.run(seed -> {
            for (int i = 0; i < way.cases(STREAMS / 2); i++) {
                SplittableRandom random = Seeds.random(seed + i, "case");
                long step = 1L + random.nextInt(20);
                long size = step * (1 + random.nextInt(6));
                check(way, seed + i, Sliding.of(Duration.ofMillis(size), Duration.ofMillis(step)), step);
                check(way, seed + i, Cumulative.of(Duration.ofMillis(size), Duration.ofMillis(step)), step);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void inSessions(Way way) throws Exception {
        Seeds.run(seed -> {
            for (int i = 0; i < way.cases(STREAMS); i++) {
                SplittableRandom random = Seeds.random(seed + i, "case");
                long unit = 1L + random.nextInt(50);
                Session session = Session.withGap(Duration.ofMillis(random.nextBoolean() ? unit : 1 + unit / 3));
                check(way, seed + i, session, unit);
                long max = random.nextBoolean() ? unit * (1 + random.nextInt(6)) : 1 + random.nextLong(unit * 6);
                check(way, seed + i, session.maxDuration(Duration.ofMillis(max)), unit);
            }
        });
    }

    // ---- the pipeline ----

    /** Elements that say which side they are of: even numbers are left. */
    private static Pipeline pipeline(JoinKind kind, Windowing windowing, Watermark watermark, Duration lateness) {
        EventStream<OracleRig.Part> parts = Pipeline.named("joined")
                .from(Topic.of(OracleRig.SOURCE, Codec.text()))
                .flatMap(OracleRig::parts)
                .eventTime(part -> Instant.ofEpochMilli(part.time()), watermark)
                .filter(OracleRig.Part::isKept);
        WindowJoin<String, String, String> join = side(parts, 0)
                .join(side(parts, 1))
                .window(windowing)
                .allowedLateness(lateness)
                .correctableFor(Duration.ofDays(36_500));
        EventStream<String> joined = switch (kind) {
            case INNER -> join.inner((left, right) -> left + "|" + right, Codec.text());
            case LEFT -> join.left((left, right) -> left + "|" + right, Codec.text());
            case RIGHT -> join.right((left, right) -> left + "|" + right, Codec.text());
            case FULL -> join.full((left, right) -> left + "|" + right, Codec.text());
            case COGROUP -> join.coGroup((left, right) -> group(left, right), Codec.text());
        };
        return joined.to(RESULTS, Codec.text());
    }

    private static KeyedStream<String, String> side(EventStream<OracleRig.Part> parts, int remainder) {
        return parts.filter(part -> part.value() % 2 == remainder)
                .map(part -> part.key() + part.value(), Codec.text())
                .keyBy(text -> text.substring(0, 2));
    }

    // ---- the oracle ----

    private static WindowOracle<String, Long, List<String>> oracle(
            JoinKind kind, Windowing windowing, Watermark watermark, Duration lateness) {
        return WindowOracle.of(windowing, watermark, lateness, elements -> pairs(kind, elements));
    }

    private static List<String> pairs(JoinKind kind, List<Element<String, Long>> elements) {
        List<Element<String, Long>> left =
                elements.stream().filter(each -> each.value() % 2 == 0).toList();
        List<Element<String, Long>> right =
                elements.stream().filter(each -> each.value() % 2 != 0).toList();
        if (kind == JoinKind.COGROUP) {
            return List.of(group(texts(left), texts(right)));
        }
        List<String> pairs = new ArrayList<>();
        left.forEach(l -> right.forEach(r -> pairs.add(text(l) + "|" + text(r))));
        if (right.isEmpty() && (kind == JoinKind.LEFT || kind == JoinKind.FULL)) {
            left.forEach(l -> pairs.add(text(l) + "|null"));
        }
        if (left.isEmpty() && (kind == JoinKind.RIGHT || kind == JoinKind.FULL)) {
            right.forEach(r -> pairs.add("null|" + text(r)));
        }
        return pairs.stream().sorted().toList();
    }

    /** By their times and then, as the rows' origins are, by their numbers. */
    private static List<String> texts(List<Element<String, Long>> side) {
        return side.stream()
                .sorted(Comparator.<Element<String, Long>>comparingLong(Element::timeMillis)
                        .thenComparing(Element::value))
                .map(JoinAndOracleTest::text)
                .toList();
    }

    private static String group(List<String> left, List<String> right) {
        // Those of one time are in the order of their records, which the oracle does not know.
        return left.stream().sorted().toList() + "|" + right.stream().sorted().toList();
    }

    private static String text(Element<String, Long> element) {
        return element.key() + element.value();
    }

    private static Map<Place<String>, List<String>> withPairs(Map<Place<String>, List<String>> answers) {
        Map<Place<String>, List<String>> some = new HashMap<>(answers);
        some.values().removeIf(List::isEmpty);
        return some;
    }

    // ---- the check ----

    private void check(Way way, long seed, Windowing windowing, long unitMillis) {
        SplittableRandom random = Seeds.random(seed, "settings");
        JoinKind kind = List.of(JoinKind.values()).get(random.nextInt(5));
        long bound = random.nextInt(60);
        RandomStream.Shape shape = RandomStream.Shape.random(seed, 0, unitMillis, bound);
        RandomStream stream = RandomStream.of(seed, shape);
        Watermark watermark =
                Watermark.outOfOrderBy(Duration.ofMillis(bound)).idleAfter(Duration.ofMillis(shape.idleAfterMillis()));
        Duration lateness = Duration.ofMillis(random.nextBoolean() ? 0 : random.nextInt(40));
        boolean correctsOnTheWay = random.nextInt(3) == 0;
        Answers<String, List<String>> answers =
                oracle(kind, windowing, watermark, lateness).answers(stream.partitions());
        try (StreamRun run = new StreamRun(
                pipeline(kind, windowing, watermark, lateness),
                stream,
                way,
                random,
                correctsOnTheWay,
                directory,
                seed)) {
            PipelineTestDriver driver = run.driver;
            run.run();
            String what = kind + ", " + windowing.describe() + ", " + shape + ", lateness " + lateness + ", " + run;
            assertThat(driver.deadLetters()).as(what).isEmpty();
            assertThat(run.late()).as(what).containsExactlyInAnyOrderElementsOf(answers.late());
            if (!correctsOnTheWay) {
                assertThat(results(driver)).as(what).isEqualTo(withPairs(answers.onTime()));
            }
            driver.correct();
            assertThat(results(driver)).as("corrected: " + what).isEqualTo(withPairs(answers.all()));
            assertThat(driver.ledger().imbalances()).as(what).isEmpty();
            assertNothingIsToldTwice(driver, what);
            long told = driver.ledger().results();
            driver.correct();
            assertThat(driver.ledger().results()).as("corrected again: " + what).isEqualTo(told);
        }
    }

    private static Map<Place<String>, List<String>> results(PipelineTestDriver driver) {
        return driver.results().stream()
                .collect(Collectors.groupingBy(
                        each -> new Place<>(Objects.requireNonNull(each.key()), Objects.requireNonNull(each.window())),
                        Collectors.collectingAndThen(
                                Collectors.toList(),
                                all -> all.stream()
                                        .map(TestResult::text)
                                        .sorted()
                                        .toList())));
    }

    /** Each record says something new of its row, and has a later revision. */
    private static void assertNothingIsToldTwice(PipelineTestDriver driver, String what) {
        Map<ByteBuffer, String> standing = new TreeMap<>();
        Map<ByteBuffer, Integer> revisions = new HashMap<>();
        forEachResult(driver, record -> {
            ByteBuffer row = ByteBuffer.wrap(Objects.requireNonNull(record.key()));
            ResultKey key = ResultKey.of(record.key(), record.headers());
            assertThat(key.row()).as(what).isNotEmpty();
            Integer before = revisions.put(row, key.revision());
            assertThat(before == null ? -1 : before).as(what).isLessThan(key.revision());
            String value = text(record.value());
            String stood = value == null ? standing.remove(row) : standing.put(row, value);
            boolean isNew = value == null ? stood != null : !value.equals(stood);
            assertThat(isNew).as("%s: %s after %s", what, value, stood).isTrue();
            if (value != null && stood != null) {
                // Pairs are what they are; a group grows.
                assertThat(value).as(what).startsWith("[");
            }
            assertThat(record.timestampMillis())
                    .as(what)
                    .isEqualTo(Math.max(-1, Objects.requireNonNull(key.window()).endMillis() - 1));
        });
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private static void forEachResult(PipelineTestDriver driver, Consumer<RecordCursor> taker) {
        int partitions = driver.log().topic(RESULTS).orElseThrow().config().partitions();
        RecordCursor cursor = new RecordCursor();
        for (int i = 0; i < partitions; i++) {
            TopicPartition partition = new TopicPartition(RESULTS, i);
            long end = driver.log().offsets(partition).end();
            for (long at = 0; at < end; at = cursor.nextOffset()) {
                driver.log().fetch(partition, at, 1 << 20, cursor);
                while (cursor.next()) {
                    taker.accept(cursor);
                }
            }
        }
    }
}
