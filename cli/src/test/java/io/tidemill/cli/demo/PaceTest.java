package io.tidemill.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long START = 7_000_000_000L;

    @Test
    void eventsAreDueEvenly() {
        Pace pace = new Pace(1_000, 10, START, 50_000);
        assertThat(pace.total()).isEqualTo(10_000);
        assertThat(pace.dueBy(START - 1)).isZero();
        assertThat(pace.dueBy(START + 1_500_000)).isEqualTo(1);
        assertThat(pace.dueBy(START + 2_000_000_000L)).isEqualTo(2_000);
        assertThat(pace.dueBy(START + 60_000_000_000L)).isEqualTo(10_000);
        assertThat(pace.dueMillis(0)).isEqualTo(50_000);
        assertThat(pace.dueMillis(2_001)).isEqualTo(52_001);
        assertThat(pace.endNanos()).isEqualTo(START + 10_000_000_000L);
    }

    @Test
    void nothingOverflowsInADayAtTheHighestRate() {
        Pace pace = new Pace(10_000_000, 86_400, START, 0);
        assertThat(pace.dueBy(pace.endNanos() - 1)).isEqualTo(pace.total() - 1);
        assertThat(pace.dueMillis(pace.total() - 1)).isEqualTo(86_399_999);
    }

    @Test
    void whatIsDueIsNeverLate() {
        Pace pace = new Pace(333, 5, START, 1_000);
        for (long index = 0; index < pace.total(); index++) {
            long due = pace.dueMillis(index);
            // The first instant at which it counts as due is in that millisecond or after it.
            long nanos = START + Math.floorDiv((index + 1) * 1_000_000_000L + 332, 333);
            assertThat(pace.dueBy(nanos)).isGreaterThan(index);
            assertThat(pace.microsSince(due, nanos)).isBetween(0L, 5_000L);
        }
    }
}
