package io.tidemill.examples.nexmark.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.examples.nexmark.Arrival;
import io.tidemill.examples.nexmark.Disorder;
import io.tidemill.examples.nexmark.NexmarkGenerator;
import io.tidemill.examples.nexmark.NexmarkSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The reference's answers to what the generator makes. */
class GeneratedAnswersTest {
    private static final NexmarkSettings SETTINGS =
            NexmarkSettings.of(7, 10_000).eventsPerSecond(100);
    private static final Disorder LATE = new Disorder(0.2, Duration.ofSeconds(20));
    private static final List<Arrival> IN_ORDER = arrivals(SETTINGS);

    static List<Function<ReferenceAnswers, Answer<?>>> byEventTime() {
        return List.of(
                ReferenceAnswers::q0,
                ReferenceAnswers::q1,
                ReferenceAnswers::q2,
                ReferenceAnswers::q3,
                ReferenceAnswers::q4,
                ReferenceAnswers::q5,
                ReferenceAnswers::q6,
                ReferenceAnswers::q7,
                ReferenceAnswers::q8,
                ReferenceAnswers::q9,
                ReferenceAnswers::q11);
    }

    @ParameterizedTest
    @MethodSource("byEventTime")
    void areSeveralRowsAndDoNotDependOnTheOrderOfArrival(Function<ReferenceAnswers, Answer<?>> query) {
        List<Arrival> shuffled = new ArrayList<>(IN_ORDER);
        Collections.shuffle(shuffled, new Random(1));
        Answer<?> answer = query.apply(ReferenceAnswers.to(IN_ORDER));
        assertThat(answer.size()).isGreaterThan(4);
        assertThat(query.apply(ReferenceAnswers.to(shuffled))).isEqualTo(answer);
        assertThat(query.apply(ReferenceAnswers.to(arrivals(SETTINGS.disorder(LATE)))))
                .isEqualTo(answer);
    }

    @ParameterizedTest
    @MethodSource("byEventTime")
    void dependOnTheEvents(Function<ReferenceAnswers, Answer<?>> query) {
        assertThat(query.apply(ReferenceAnswers.to(arrivals(NexmarkSettings.of(8, 10_000)))))
                .isNotEqualTo(query.apply(ReferenceAnswers.to(IN_ORDER)));
    }

    private static List<Arrival> arrivals(NexmarkSettings settings) {
        List<Arrival> arrivals = new ArrayList<>();
        new NexmarkGenerator(settings).forEachRemaining(arrivals::add);
        return arrivals;
    }
}
