package io.tidemill.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tidemill.api.ByteSink;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SettingsTest {
    @Test
    void defaults() {
        assertThat(PageViewSettings.of(1, LatenessProfile.HOURS))
                .isEqualTo(new PageViewSettings(
                        1,
                        10_000,
                        100_000,
                        59_999,
                        new LatenessProfile(
                                Duration.ofSeconds(1), Duration.ofMinutes(10), Duration.ofHours(2), 0.04, 0.01)));
    }

    @Test
    void whatIsOutOfRangeIsRefused() {
        LatenessProfile hours = LatenessProfile.HOURS;
        assertThatIllegalArgumentException().isThrownBy(() -> new PageViewSettings(1, 0, 1, 0, hours));
        assertThatIllegalArgumentException().isThrownBy(() -> new PageViewSettings(1, 1, 100_000_001, 0, hours));
        assertThatIllegalArgumentException().isThrownBy(() -> new PageViewSettings(1, 1, 1, -1, hours));
        Duration second = Duration.ofSeconds(1);
        assertThatIllegalArgumentException().isThrownBy(() -> new LatenessProfile(second, second, Duration.ZERO, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new LatenessProfile(second, second, second, 0.6, 0.5));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LatenessProfile(second, second, second, Double.NaN, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new EventSpan(0, 0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new EventSpan(0, 1, 0));
    }

    @Test
    void theLeastSettingsWork() {
        PageViewSettings least = new PageViewSettings(
                1, 1, 1, 0, new LatenessProfile(Duration.ZERO, Duration.ZERO, Duration.ZERO, 0, 0));
        ByteSink sink = new ByteSink();
        new PageViewGenerator(least).next(0, sink);
        assertThat(new String(sink.toByteArray(), UTF_8))
                .isEqualTo("{\"eventTime\":0,\"pageId\":\"page-0\",\"userId\":\"user-0\",\"dwellMs\":0}");
    }

    @Test
    void aDayIsSpreadEvenly() {
        EventSpan day = EventSpan.day(7);
        long start = Instant.parse("2023-11-15T00:00:00Z").toEpochMilli();
        assertThat(day.arrivalMillis(0)).isEqualTo(start);
        assertThat(day.arrivalMillis(1)).isEqualTo(start + 86_400_000 / 7);
        assertThat(day.arrivalMillis(6)).isEqualTo(start + 86_400_000L * 6 / 7);
        EventSpan largest = new EventSpan(0, 36_500 * 86_400_000L, 1_000_000_000);
        assertThat(largest.arrivalMillis(999_999_999)).isEqualTo(3_153_599_996_846L); // no overflow
    }
}
