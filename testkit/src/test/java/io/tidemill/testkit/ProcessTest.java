package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.api.process.ListState;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.ProcessOptions;
import io.tidemill.api.process.ProcessOrder;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.TimeDomain;
import io.tidemill.api.process.Timer;
import io.tidemill.api.process.Ttl;
import io.tidemill.api.process.ValueState;
import io.tidemill.api.process.ValueStateDescriptor;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.PipelineException;
import java.nio.charset.StandardCharsets;
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
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions with state and timers, end to end: elements are texts such as {@code k1,17,x}. */
@ParameterizedClass
@ValueSource(booleans = {false, true})
final class ProcessTest {
    /** Whether the state is in a store. */
    @Parameter
    boolean stored;

    private PipelineTestDriver driver(Pipeline pipeline) {
        return builder(pipeline).build();
    }

    private PipelineTestDriver.Builder builder(Pipeline pipeline) {
        return PipelineTestDriver.builder(pipeline).stored(stored);
    }

    private static final int ROUNDS = 25;

    private static KeyedStream<String, String> keyed(long boundMillis) {
        return Pipeline.named("worked")
                .from(Topic.of("work", Codec.text()))
                .eventTime(
                        text -> Instant.ofEpochMilli(timeOf(text)),
                        Watermark.outOfOrderBy(Duration.ofMillis(boundMillis)))
                .keyBy(ProcessTest::keyOf);
    }

    private static String keyOf(String text) {
        return text.substring(0, text.indexOf(','));
    }

    private static long timeOf(String text) {
        return Long.parseLong(text.split(",", -1)[1]);
    }

    /** Numbers the elements of a key, and tells their number when none has come for 10 ms. */
    private record Visits(boolean failing) implements ProcessFunction<String, String, String> {
        private static final ValueStateDescriptor<Long> COUNT = ValueState.of("count", Codec.int64());
        private static final ValueStateDescriptor<Long> UNTIL = ValueState.of("until", Codec.int64());

        @Override
        public List<StateDescriptor> states() {
            return List.of(COUNT, UNTIL);
        }

        @Override
        public void process(String element, ProcessContext<String, String> context) {
            long number = context.state(COUNT).valueOr(0L) + 1;
            context.state(COUNT).update(number);
            Long former = context.state(UNTIL).value();
            if (former != null) {
                context.cancelEventTimer(Instant.ofEpochMilli(former));
            }
            Instant until = context.time().plusMillis(10);
            context.state(UNTIL).update(until.toEpochMilli());
            context.setEventTimer(until);
            context.collect(element + " is " + number);
            if (failing && element.endsWith("!")) {
                throw new IllegalStateException("no " + element);
            }
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<String, String> context) {
            context.collect(context.key() + " had " + context.state(COUNT).valueOr(0L) + " until "
                    + context.time().toEpochMilli());
            context.state(COUNT).clear();
            context.state(UNTIL).clear();
        }
    }

    private static Pipeline visits(long boundMillis) {
        return keyed(boundMillis).process(new Visits(true), Codec.text()).to("visits", Codec.text());
    }

    /** As the function, for the elements that did not fail. */
    private static List<String> oracle(List<String> elements) {
        List<String> results = new ArrayList<>();
        Map<String, List<String>> byKey = new TreeMap<>();
        elements.stream()
                .filter(each -> !each.endsWith("!"))
                .forEach(each -> byKey.computeIfAbsent(keyOf(each), k -> new ArrayList<>())
                        .add(each));
        byKey.forEach((key, all) -> {
            all.sort(Comparator.comparingLong(ProcessTest::timeOf));
            long count = 0;
            for (int i = 0; i < all.size(); i++) {
                results.add(all.get(i) + " is " + ++count);
                long until = timeOf(all.get(i)) + 10;
                if (i + 1 == all.size() || timeOf(all.get(i + 1)) > until) {
                    results.add(key + " had " + count + " until " + until);
                    count = 0;
                }
            }
        });
        return results.stream().sorted().toList();
    }

    @Test
    void theSameWhateverTheOrderTheStepsTheLanesAndTheCrashes() {
        for (long seed = 0; seed < ROUNDS; seed++) {
            SplittableRandom random = Seeds.random(seed, "process");
            EngineOptions options = EngineOptions.defaults();
            if (random.nextBoolean()) {
                options = options.stepBytesMax(1024)
                        .resultsPerStepMax(1 + random.nextInt(5))
                        .stateLogBytesMin(300);
            }
            List<String> elements = new ArrayList<>();
            try (PipelineTestDriver driver = builder(visits(30))
                    .partitions(2)
                    .lanes(1 << random.nextInt(3))
                    .options(options)
                    .seed(seed)
                    .build()) {
                TreeSet<Long> times = new TreeSet<>();
                for (int i = 0; i < 150; i++) {
                    // Times of a key are all different: which of two comes first is a matter of their offsets.
                    long time = i * 2L + random.nextLong(45);
                    String element = "k" + random.nextInt(3) + "," + time + "," + (random.nextInt(12) == 0 ? "!" : "");
                    if (times.add(time)) {
                        elements.add(element);
                        driver.append("work", random.nextBoolean() ? "a" : "b", element);
                    }
                    act(driver, random);
                }
                driver.end();
                List<String> onTime = new ArrayList<>(elements);
                driver.late()
                        .forEach(late -> onTime.remove(
                                new String(Objects.requireNonNull(late.payload()), StandardCharsets.UTF_8)));
                assertThat(driver.results(Codec.text()).stream().sorted().toList())
                        .as("seed %d", seed)
                        .isEqualTo(oracle(onTime));
                assertThat(driver.allResults()).as("each is told once").hasSameSizeAs(driver.results());
                assertThat(driver.deadLetters()).hasSize((int)
                        onTime.stream().filter(each -> each.endsWith("!")).count());
                assertThat(driver.ledger().imbalances()).isEmpty();
            }
        }
    }

    private static void act(PipelineTestDriver driver, SplittableRandom random) {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> driver.run();
            case 3 -> driver.restart();
            case 4 -> driver.crash();
            default -> {
                // more is appended first
            }
        }
    }

    @Test
    void anElementThatFailsIsADeadLetterThatSaysWhereItIsFrom() {
        try (PipelineTestDriver driver = driver(visits(0))) {
            driver.append("work", null, "k,1,");
            DeadLetter.Origin origin = driver.append("work", null, "k,2,!");
            driver.append("work", null, "k,3,");
            driver.end();
            assertThat(driver.results(Codec.text()))
                    .containsExactlyInAnyOrder("k,1, is 1", "k,3, is 2", "k had 2 until 13");
            assertThat(driver.deadLetters()).hasSize(1);
            DeadLetter letter = driver.deadLetters().get(0);
            assertThat(letter.operator()).isEqualTo("process");
            assertThat(letter.failureClass()).isEqualTo(FailureClass.CODE);
            assertThat(letter.reason()).isEqualTo("EXCEPTION");
            assertThat(letter.errorMessage()).isEqualTo("no k,2,!");
            assertThat(letter.payload()).asString().isEqualTo("k,2,!");
            assertThat(letter.origin().offset()).isEqualTo(origin.offset());
            assertThat(letter.origin().topic()).isEqualTo("work");
        }
    }

    /** Fails when its timer goes off. */
    private record Bomb() implements ProcessFunction<String, String, String> {
        @Override
        public void process(String element, ProcessContext<String, String> context) {
            context.setEventTimer(context.time());
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<String, String> context) {
            context.collect("lost");
            throw new IllegalStateException("boom");
        }
    }

    @Test
    void aTimerThatFailsIsADeadLetterWithTheKeyAndTheTime() {
        Pipeline pipeline = keyed(0).process(new Bomb(), Codec.text()).to("visits", Codec.text());
        try (PipelineTestDriver driver = driver(pipeline)) {
            driver.append("work", null, "k,7,");
            driver.end();
            assertThat(driver.results()).isEmpty();
            DeadLetter letter = driver.deadLetters().get(0);
            assertThat(letter.key()).asString().isEqualTo("k");
            assertThat(letter.headers()).anySatisfy(header -> {
                assertThat(header.name()).isEqualTo("tidemill.timer");
                assertThat(header.text()).isEqualTo("EVENT_TIME 7");
            });
        }
    }

    /** Remembers the last element for a second of the machine's clock, and tells by a timer of that clock. */
    private record ByTheClock() implements ProcessFunction<String, String, String> {
        private static final ListStateDescriptor<String> SEEN =
                ListState.of("seen", Codec.text()).withTtl(Ttl.processingTime(Duration.ofSeconds(1)));

        @Override
        public List<StateDescriptor> states() {
            return List.of(SEEN);
        }

        @Override
        public void process(String element, ProcessContext<String, String> context) {
            context.collect(element + " after " + context.state(SEEN).values());
            context.state(SEEN).add(element);
            context.setProcessingTimer(context.processingTime().plusMillis(300));
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<String, String> context) {
            assertThat(timer.domain()).isEqualTo(TimeDomain.PROCESSING_TIME);
            context.collect(context.key() + " has " + context.state(SEEN).values());
        }
    }

    @Test
    void withoutEventTimeElementsHaveTheirTurnAsTheyCome() {
        Pipeline pipeline = Pipeline.named("worked")
                .from(Topic.of("work", Codec.text()))
                .keyBy(ProcessTest::keyOf)
                .process(
                        new ByTheClock(),
                        Codec.text(),
                        ProcessOptions.defaults().order(ProcessOrder.ARRIVAL))
                .to("visits", Codec.text());
        try (PipelineTestDriver driver = driver(pipeline)) {
            driver.append("work", null, "k,2,");
            driver.run();
            driver.advance(Duration.ofMillis(600));
            driver.restart();
            driver.append("work", null, "k,1,");
            driver.run();
            driver.advance(Duration.ofMillis(500));
            driver.append("work", null, "k,3,");
            driver.run();
            assertThat(driver.results(Codec.text()))
                    .containsExactlyInAnyOrder(
                            "k,2, after []",
                            "k has [k,2,]",
                            "k,1, after [k,2,]",
                            "k has [k,2,, k,1,]",
                            "k,3, after [k,1,]");
        }
    }

    @Test
    void stateOfAnotherFunctionIsRefused() {
        try (PipelineTestDriver driver = driver(visits(0))) {
            driver.append("work", null, "k,1,");
            driver.run();
            Pipeline other = keyed(0).process(new ByTheClock(), Codec.text()).to("visits", Codec.text());
            assertThatThrownBy(() ->
                            Engine.on(driver.log(), EngineOptions.defaults()).open(other))
                    .isInstanceOf(PipelineException.class)
                    .hasMessageContaining("has state of another shape")
                    .hasMessageContaining("seen: list of");
        }
    }

    @Test
    void aStateBudgetIsNamedBeforeItIsExceeded() {
        EngineOptions options = EngineOptions.defaults().stateBytesMax(2_000);
        try (PipelineTestDriver driver = builder(visits(1_000)).options(options).build()) {
            Map<String, Integer> keys = new HashMap<>();
            for (int i = 0; i < 100; i++) {
                keys.merge("k" + i, 1, Integer::sum);
                driver.append("work", null, "k" + i + "," + i + ",");
            }
            assertThatThrownBy(driver::run)
                    .isInstanceOf(PipelineException.class)
                    .hasMessageContaining("the state of 'process' would take")
                    .hasMessageContaining("waiting element, state or timers");
        }
    }

    @Test
    void duplicatesWithinTheBoundGoAndAreCounted() {
        Pipeline pipeline = Pipeline.named("worked")
                .from(Topic.of("work", Codec.text()))
                .eventTime(text -> Instant.ofEpochMilli(timeOf(text)), Watermark.outOfOrderBy(Duration.ofMillis(100)))
                .deduplicate(ProcessTest::keyOf, Codec.text(), Duration.ofMillis(10))
                .to("visits", Codec.text());
        try (PipelineTestDriver driver = driver(pipeline)) {
            for (String each : List.of("a,15,", "a,5,", "a,16,", "b,7,", "a,40,")) {
                driver.append("work", null, each);
            }
            driver.end();
            assertThat(driver.results(Codec.text())).containsExactlyInAnyOrder("a,5,", "a,16,", "b,7,", "a,40,");
        }
    }
}
