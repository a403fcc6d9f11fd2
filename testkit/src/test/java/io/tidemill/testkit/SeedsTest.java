package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class SeedsTest {
    @Test
    void aFailureCarriesItsSeed() {
        long[] used = new long[1];
        AssertionError failure = new AssertionError("expected");
        assertThatThrownBy(() -> Seeds.run(seed -> {
                    used[0] = seed;
                    throw failure;
                }))
                .isSameAs(failure);
        assertThat(failure.getSuppressed()[0]).hasMessageContaining("-Dtidemill.seed=" + used[0]);
    }

    @Test
    void numbersForOnePurposeAreTheSameEveryTime() {
        assertThat(Seeds.random(1, "a").nextLong())
                .isEqualTo(Seeds.random(1, "a").nextLong());
        assertThat(Seeds.random(1, "a").nextLong())
                .isNotEqualTo(Seeds.random(1, "b").nextLong())
                .isNotEqualTo(Seeds.random(2, "a").nextLong());
    }
}
