package io.tidemill.testkit.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Cumulative;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import io.tidemill.testkit.PipelineTestDriver;
import io.tidemill.testkit.Seeds;
import io.tidemill.testkit.TestRecord;
import io.tidemill.testkit.TestResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The oracle and the engine say the same: the late set, the results on time, and what stands after corrections. */
final class OracleAndEngineTest {
    private static final int STREAMS = Integer.getInteger("tidemill.property.cases", 300) / 6;

    @Test
    void ofTumblingWindows() throws Exception {
        Seeds.run(seed -> {
            for (int i = 0; i < STREAMS; i++) {
                SplittableRandom random = Seeds.random(seed + i, "case");
                Duration size = Duration.ofMillis(1 + random.nextInt(50));
                check(seed + i, Tumbling.of(size), size.toMillis());
            }
        });
    }

    @Test
    void ofSlidingAndCumulativeWindows() throws Exception {
        Seeds.run(seed -> {
            for (int i = 0; i < STREAMS / 2; i++) {
                SplittableRandom random = Seeds.random(seed + i, "case");
                long step = 1L + random.nextInt(20);
                long size = step * (1 + random.nextInt(6));
                check(seed + i, Sliding.of(Duration.ofMillis(size), Duration.ofMillis(step)), step);
                check(seed + i, Cumulative.of(Duration.ofMillis(size), Duration.ofMillis(step)), step);
            }
        });
    }

    @Test
    void ofSessions() throws Exception {
        Seeds.run(seed -> {
            for (int i = 0; i < STREAMS; i++) {
                SplittableRandom random = Seeds.random(seed + i, "case");
                long unit = 1L + random.nextInt(50);
                Session session = Session.withGap(Duration.ofMillis(random.nextBoolean() ? unit : 1 + unit / 3));
                check(seed + i, session, unit);
                long max = random.nextBoolean() ? unit * (1 + random.nextInt(6)) : 1 + random.nextLong(unit * 6);
                check(seed + i, session.maxDuration(Duration.ofMillis(max)), unit);
            }
        });
    }

    private static void check(long seed, Windowing windowing, long unitMillis) {
        SplittableRandom random = Seeds.random(seed, "settings");
        long bound = random.nextInt(60);
        RandomStream.Shape shape = RandomStream.Shape.random(seed, 0, unitMillis, bound);
        RandomStream stream = RandomStream.of(seed, shape);
        Watermark watermark =
                Watermark.outOfOrderBy(Duration.ofMillis(bound)).idleAfter(Duration.ofMillis(shape.idleAfterMillis()));
        Duration lateness = Duration.ofMillis(random.nextBoolean() ? 0 : random.nextInt(40));
        Pace pace = random.nextBoolean() ? Pace.NEWEST : Pace.any(random);
        Answers<String, Long> answers =
                OracleRig.oracle(windowing, watermark, pace, lateness).answers(stream.partitions());
        try (PipelineTestDriver driver = PipelineTestDriver.builder(
                        OracleRig.pipeline(windowing, watermark, pace, lateness))
                .partitions(shape.partitions())
                .lanes(1 + random.nextInt(4))
                .stored(random.nextBoolean())
                .seed(seed)
                .build()) {
            run(driver, stream, random);
            driver.end();
            String what = windowing.describe() + ", " + shape + ", lateness " + lateness + ", " + pace;
            assertThat(driver.deadLetters()).as(what).isEmpty();
            assertThat(late(driver)).as(what).containsExactlyInAnyOrderElementsOf(answers.late());
            assertThat(results(driver)).as(what).isEqualTo(answers.onTime());
            driver.correct();
            assertThat(results(driver)).as("corrected: " + what).isEqualTo(answers.all());
            assertThat(driver.ledger().imbalances()).as(what).isEmpty();
        }
    }

    private static void run(PipelineTestDriver driver, RandomStream stream, SplittableRandom random) {
        int[] next = new int[stream.partitions().size()];
        int stepEvery = 1 + random.nextInt(20);
        int count = 0;
        for (Arrival arrival : stream.arrivals()) {
            if (!arrival.pause().isZero()) {
                driver.advance(arrival.pause());
            }
            Input<String, Long> input =
                    stream.partitions().get(arrival.partition()).get(next[arrival.partition()]++);
            byte[] text = OracleRig.text(input).getBytes(StandardCharsets.UTF_8);
            driver.append(TestRecord.of(null, text).partition(arrival.partition()));
            if (++count % stepEvery == 0) {
                driver.run();
            }
            switch (random.nextInt(200)) {
                case 0, 1 -> driver.restart();
                case 2 -> driver.crash();
                case 3 -> driver.crashDuring(1 + random.nextInt(12), driver::run);
                default -> {
                    // goes on
                }
            }
        }
    }

    private static List<Late> late(PipelineTestDriver driver) {
        List<Late> all = new ArrayList<>();
        for (LateRecord record : driver.late()) {
            for (LateRecord.Missed missed : record.missed()) {
                all.add(new Late(
                        record.origin().partition(),
                        (int) record.origin().offset(),
                        missed.element(),
                        missed.window(),
                        missed.byMillis()));
            }
        }
        return all;
    }

    private static Map<Place<String>, Long> results(PipelineTestDriver driver) {
        Map<Place<String>, Long> results = new HashMap<>();
        for (TestResult each : driver.results()) {
            results.put(
                    new Place<>(Objects.requireNonNull(each.key()), Objects.requireNonNull(each.window())),
                    Long.valueOf(each.text()));
        }
        return results;
    }
}
