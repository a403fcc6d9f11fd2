package io.tidemill.testkit.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Cumulative;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import io.tidemill.testkit.PipelineTestDriver;
import io.tidemill.testkit.Seeds;
import io.tidemill.testkit.TestResult;
import io.tidemill.testkit.Way;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The oracle and the engine say the same: the late set, the results on time, and what stands after corrections. */
final class OracleAndEngineTest {
    private static final int STREAMS = Integer.getInteger("tidemill.property.cases", 300) / 6;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void ofTumblingWindows(Way way) throws Exception {
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
    void ofSlidingAndCumulativeWindows(Way way) throws Exception {
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
    void ofSessions(Way way) throws Exception {
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

    private void check(Way way, long seed, Windowing windowing, long unitMillis) {
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
        try (StreamRun run = new StreamRun(
                OracleRig.pipeline(windowing, watermark, pace, lateness),
                stream,
                way,
                random,
                false,
                directory,
                seed)) {
            PipelineTestDriver driver = run.driver;
            run.run();
            String what = windowing.describe() + ", " + shape + ", lateness " + lateness + ", " + pace + ", " + run;
            assertThat(driver.deadLetters()).as(what).isEmpty();
            assertThat(run.late()).as(what).containsExactlyInAnyOrderElementsOf(answers.late());
            assertThat(results(driver)).as(what).isEqualTo(answers.onTime());
            driver.correct();
            assertThat(results(driver)).as("corrected: " + what).isEqualTo(answers.all());
            assertThat(driver.ledger().imbalances()).as(what).isEmpty();
        }
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
