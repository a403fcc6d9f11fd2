package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class VirtualTimeTest {
    private final VirtualClock clock = new VirtualClock(Instant.EPOCH);
    private final VirtualScheduler scheduler = new VirtualScheduler(clock);
    private final List<String> ran = new ArrayList<>();

    private Runnable note(String name) {
        return () -> ran.add(name + clock.millis());
    }

    @Test
    void theClockStandsStill() {
        assertThat(clock.instant()).isEqualTo(Instant.EPOCH);
        clock.advance(Duration.ofSeconds(1));
        assertThat(clock.millis()).isEqualTo(1000);
        clock.set(Instant.ofEpochMilli(5));
        assertThat(clock.millis()).isEqualTo(5);
    }

    @Test
    void choresRunInTheOrderOfTheirTimes() {
        scheduler.every(Duration.ofMillis(3), note("a"));
        scheduler.every(Duration.ofMillis(2), note("b"));
        scheduler.advance(Duration.ofMillis(1));
        assertThat(ran).isEmpty();
        scheduler.advance(Duration.ofMillis(6));
        assertThat(ran).containsExactly("b2", "a3", "b4", "a6", "b6");
        assertThat(clock.millis()).isEqualTo(7);
    }

    @Test
    void aPeriodStartsWhereTheChoreEnded() {
        scheduler.every(Duration.ofMillis(10), () -> {
            note("slow").run();
            clock.advance(Duration.ofMillis(5));
        });
        scheduler.advance(Duration.ofMillis(30));
        assertThat(ran).containsExactly("slow10", "slow25");
        assertThat(clock.millis()).isEqualTo(30);
    }

    @Test
    void choresEnd() {
        Runnable end = scheduler.every(Duration.ofMillis(1), note("a"));
        List<Runnable> ends = new ArrayList<>();
        ends.add(scheduler.every(Duration.ofMillis(2), () -> ends.get(0).run()));
        scheduler.advance(Duration.ofMillis(2));
        end.run();
        scheduler.advance(Duration.ofMillis(2));
        assertThat(ran).containsExactly("a1", "a2");
        scheduler.every(Duration.ofMillis(1), note("b"));
        scheduler.close();
        scheduler.advance(Duration.ofMillis(2));
        assertThat(ran).hasSize(2);
    }

    @Test
    void whatAChoreThrowsComesOut() {
        scheduler.every(Duration.ofMillis(1), () -> {
            throw new IllegalStateException("broken");
        });
        assertThatThrownBy(() -> scheduler.advance(Duration.ofMillis(1))).hasMessage("broken");
        assertThatThrownBy(() -> scheduler.every(Duration.ZERO, note("a")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
