package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Table;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.api.process.ListState;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.MapState;
import io.tidemill.api.process.MapStateDescriptor;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.Timer;
import io.tidemill.api.process.Ttl;
import io.tidemill.engine.EngineOptions;
import io.tidemill.log.TopicConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Operators that keep rows, in a store, with crashes: the same as in memory without one. */
final class StoredRowsTest {
    private static final int ROUNDS = Integer.getInteger("tidemill.property.cases", 300) / 10;
    private static final int ELEMENTS = 150;
    private static final Duration BOUND = Duration.ofMillis(20);

    /** Keeps lists and maps, also such as expire, and sets and cancels timers. */
    private static final class Keeping implements ProcessFunction<String, String, String> {
        private static final long serialVersionUID = 1;
        private static final ListStateDescriptor<String> RECENT =
                ListState.of("recent", Codec.text()).withTtl(Ttl.eventTime(Duration.ofMillis(25)));
        private static final ListStateDescriptor<String> ALL = ListState.of("all", Codec.text());
        private static final MapStateDescriptor<Long, Long> LAST =
                MapState.of("last", Codec.int64(), Codec.int64()).withTtl(Ttl.eventTime(Duration.ofMillis(60)));

        @Override
        public List<StateDescriptor> states() {
            return List.of(RECENT, ALL, LAST);
        }

        @Override
        public void process(String element, ProcessContext<String, String> context) {
            long time = context.time().toEpochMilli();
            context.collect(element + " after " + context.state(RECENT).values() + " "
                    + context.state(LAST).entries() + " "
                    + context.state(ALL).values().size());
            context.state(RECENT).add(element);
            context.state(ALL).add(element);
            context.state(LAST).put(time % 5, time);
            context.setEventTimer(Instant.ofEpochMilli(time + time % 70));
            context.cancelEventTimer(Instant.ofEpochMilli(time + 3));
            if (time % 11 == 0) {
                context.state(LAST).remove((time + 1) % 5);
            }
            if (time % 13 == 0) {
                throw new IllegalStateException("as it happens");
            }
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<String, String> context) {
            long time = timer.time().toEpochMilli();
            context.collect(
                    context.key() + " at " + time + ": " + context.state(ALL).values());
            if (time % 3 == 0) {
                context.state(ALL).clear();
                context.setEventTimer(Instant.ofEpochMilli(time + 40));
            }
        }
    }

    record Case(String name, Function<Pipeline.Start, EventStream<String>> operator) {
        Pipeline pipeline() {
            return operator.apply(Pipeline.named("rows")).to("out", Codec.text());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("process", start -> keyed(start, "in").process(new Keeping(), Codec.text())),
                new Case(
                        "deduplicate",
                        start -> keyed(start, "in")
                                .deduplicate(StoredRowsTest::id, Codec.text(), Duration.ofMillis(35))),
                new Case(
                        "interval join",
                        start -> keyed(start, "in")
                                .join(keyed(start, "other"))
                                .between(Duration.ofMillis(-15), Duration.ofMillis(10))
                                .correctableFor(Duration.ofMillis(200))
                                .outer((left, right) -> left + " with " + right, Codec.text())),
                new Case(
                        "inner interval join",
                        start -> keyed(start, "in")
                                .join(keyed(start, "other"))
                                .between(Duration.ofMillis(2), Duration.ofMillis(12))
                                .inner((left, right) -> left + " with " + right, Codec.text())),
                new Case(
                        "enrichment",
                        start -> keyed(start, "in")
                                .enrich(table(start))
                                .correctableFor(Duration.ofMillis(300))
                                .left((element, version) -> element + " with " + version, Codec.text())),
                new Case(
                        "inner enrichment",
                        start -> keyed(start, "in")
                                .enrich(table(start))
                                .inner((element, version) -> element + " with " + version, Codec.text())));
    }

    private static KeyedStream<String, String> keyed(Pipeline.Start start, String topic) {
        return start.from(Topic.of(topic, Codec.text()))
                .eventTime(StoredRowsTest::time, Watermark.outOfOrderBy(BOUND))
                .keyBy(text -> text.substring(0, text.indexOf(',')));
    }

    private static Table<String, String> table(Pipeline.Start start) {
        return start.table(Topic.of("other", Codec.text()), Codec.text(), Watermark.outOfOrderBy(BOUND));
    }

    private static Instant time(String text) {
        return Instant.ofEpochMilli(Long.parseLong(text.split(",", -1)[1]));
    }

    private static String id(String text) {
        return text.split(",", -1)[2];
    }

    /** What stands, and what was late. */
    private record Answer(List<String> onTime, List<String> late, List<String> corrected, long deadLetters) {}

    @ParameterizedTest
    @MethodSource("cases")
    void theSameAsInMemory(Case of) {
        for (long seed = 0; seed < ROUNDS; seed++) {
            Answer expected = answer(of, seed, false);
            assertThat(answer(of, seed, true)).as("%s, seed %d", of, seed).isEqualTo(expected);
            assertThat(expected.onTime).isNotEmpty();
        }
    }

    private static Answer answer(Case of, long seed, boolean stored) {
        SplittableRandom elements = Seeds.random(seed, "elements");
        SplittableRandom manner = Seeds.random(seed, "manner");
        EngineOptions options = EngineOptions.defaults();
        if (stored && manner.nextInt(3) > 0) {
            options = options.stepBytesMax(1_024)
                    .resultsPerStepMax(1 + manner.nextInt(8))
                    .stateLogBytesMin(manner.nextInt(600));
        }
        try (PipelineTestDriver driver = PipelineTestDriver.builder(of.pipeline())
                .source(TopicConfig.of(1))
                .options(options)
                .lanes(stored ? 1 << manner.nextInt(3) : 1)
                .stored(stored)
                .seed(seed)
                .build()) {
            for (int i = 0; i < ELEMENTS; i++) {
                append(driver, of, elements, i);
                if (stored) {
                    act(driver, manner);
                }
            }
            driver.end();
            List<String> onTime = results(driver);
            List<String> late =
                    driver.late().stream().map(StoredRowsTest::text).sorted().toList();
            driver.correct();
            assertThat(driver.ledger().imbalances()).isEmpty();
            return new Answer(
                    onTime, late, results(driver), driver.deadLetters().size());
        }
    }

    private static void append(PipelineTestDriver driver, Case of, SplittableRandom random, int i) {
        long time = 1_000 + i * 3L - random.nextInt(random.nextInt(15) == 0 ? 90 : 20);
        String key = "k" + random.nextInt(4);
        boolean other = random.nextInt(3) == 0 && (of.name.contains("join") || of.name.contains("enrich"));
        if (!other) {
            driver.append("in", null, key + "," + time + "," + random.nextInt(6));
        } else if (of.name.contains("join")) {
            driver.append("other", null, key + "," + time + "," + i);
        } else {
            driver.append(
                    "other",
                    TestRecord.of(key, random.nextInt(5) == 0 ? null : "v" + i).timestamp(Instant.ofEpochMilli(time)));
        }
    }

    private static void act(PipelineTestDriver driver, SplittableRandom random) {
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> driver.run();
            case 3 -> driver.restart();
            case 4 -> driver.crash();
            default -> {
                // more is appended first
            }
        }
    }

    private static List<String> results(PipelineTestDriver driver) {
        return driver.results().stream().map(TestResult::text).sorted().toList();
    }

    private static String text(LateRecord late) {
        byte[] payload = late.payload();
        return late.origin() + " " + (payload == null ? "-" : Arrays.toString(payload));
    }
}
