package io.tidemill.examples.nexmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class NexmarkSettingsTest {
    private final NexmarkSettings settings = NexmarkSettings.of(1, 1_000);

    @Test
    void defaults() {
        assertThat(settings)
                .isEqualTo(new NexmarkSettings(
                        1,
                        1_000,
                        Instant.parse("2023-11-15T00:00:00Z"),
                        10_000,
                        new Proportions(1, 3, 46),
                        new HotRatios(2, 4, 4),
                        1_000,
                        100,
                        new Disorder(0, Duration.ZERO)));
    }

    @Test
    void oneThingIsChangedAtATime() {
        Disorder late = new Disorder(0.5, Duration.ofSeconds(1));
        assertThat(settings.start(Instant.EPOCH)
                        .eventsPerSecond(5)
                        .proportions(new Proportions(1, 1, 1))
                        .hotRatios(new HotRatios(1, 2, 3))
                        .newest(6, 7)
                        .disorder(late))
                .isEqualTo(new NexmarkSettings(
                        1, 1_000, Instant.EPOCH, 5, new Proportions(1, 1, 1), new HotRatios(1, 2, 3), 6, 7, late));
    }

    @Test
    void allMistakesAreToldTogether() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NexmarkSettings(
                        1, 0, Instant.EPOCH.minusMillis(1), 0, Proportions.USUAL, HotRatios.USUAL, 0, 0, Disorder.NONE))
                .withMessageContainingAll(
                        "count is", "start is", "eventsPerSecond is", "activePersons is", "InFlight is");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Proportions(0, 0, -1))
                .withMessageContainingAll("persons is 1", "auctions is 1", "bids is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HotRatios(0, 0, 0))
                .withMessageContainingAll("auctions is 1", "bidders is 1", "sellers is 1");
    }

    @Test
    void disorderIsBounded() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Disorder(1.1, Duration.ofDays(8)))
                .withMessageContainingAll("share is 0 to 1", "delayMax is zero to");
        assertThatIllegalArgumentException().isThrownBy(() -> new Disorder(Double.NaN, Duration.ofDays(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Disorder(0.1, Duration.ZERO))
                .withMessageContaining("at least 1 ms");
        Disorder late = new Disorder(0.1, Duration.ofHours(1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.disorder(late))
                .withMessageContaining("late events may be on their way");
        assertThat(settings.eventsPerSecond(1_000).disorder(late).disorder()).isEqualTo(late);
    }
}
