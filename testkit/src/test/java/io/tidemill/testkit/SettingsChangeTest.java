package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Cumulative;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Windowing;
import io.tidemill.testkit.SavepointRig.Event;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Settings that may change while a pipeline keeps its state: in the end its results are the batch's. */
final class SettingsChangeTest {
    private static final Duration BOUND = Duration.ofMillis(50);

    static Stream<Windowing> windowings() {
        return Stream.of(
                Tumbling.of(Duration.ofMillis(100)),
                Cumulative.of(Duration.ofMillis(300), Duration.ofMillis(100)),
                Session.withGap(Duration.ofMillis(12)),
                Session.withGap(Duration.ofMillis(12)).maxDuration(Duration.ofMillis(70)));
    }

    /** What had closed under less lateness is on the disk, and must not be begun anew. */
    @ParameterizedTest
    @MethodSource("windowings")
    void allowedLatenessGrowsAndShrinks(Windowing windowing) {
        for (long seed = 1; seed <= 20; seed++) {
            List<List<String>> events = SavepointRig.events(seed, 500);
            TreeMap<String, String> expected;
            try (SavepointRig rig = new SavepointRig(seed)) {
                rig.append(events, 0, 1);
                rig.finish(pipeline(windowing, 40), 1);
                expected = rig.results();
            }
            try (SavepointRig rig = new SavepointRig(seed)) {
                long[] latenesses = {1, 150, 20, 400};
                for (int i = 0; i < latenesses.length; i++) {
                    rig.append(events, i * 0.25, (i + 1) * 0.25);
                    rig.run(pipeline(windowing, latenesses[i]), 1 + i % 2);
                    if (i == 1) {
                        rig.correct(pipeline(windowing, latenesses[i]), 2);
                    }
                }
                rig.finish(pipeline(windowing, 400), 2);
                assertThat(rig.results()).as("seed " + seed).isEqualTo(expected);
            }
        }
    }

    /** Never sliced: see {@link SavepointRestoreTest#openSlicesAreNotForgottenWhenSettingsChange}. */
    private static Pipeline pipeline(Windowing windowing, long latenessMillis) {
        Map<String, Aggregate<Event, ?, ?>> parts = new LinkedHashMap<>();
        parts.put("count", Aggregate.count());
        parts.put("sum", Aggregate.sum(Event::number));
        return SavepointRig.pipeline(
                "changing",
                BOUND,
                windowing,
                stream -> stream.allowedLateness(Duration.ofMillis(latenessMillis)),
                Aggregate.all(parts),
                UnaryOperator.identity());
    }
}
