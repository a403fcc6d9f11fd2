package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Killed at every point: never twice, some lost. */
final class AutoCommitKillTest {
    @Test
    void neverRepeats() throws Exception {
        var counts = KillRig.toFile("auto-commit")
                .killAt(Probe.Point.ASSIGNED, 1)
                .killAt(Probe.Point.POLLED, 2)
                .killAt(Probe.Point.BEFORE_COMMIT, 2)
                .killAfter(Probe.Point.BEFORE_COMMIT, 2, 3_000)
                .killAt(Probe.Point.AFTER_COMMIT, 2)
                .killAt(Probe.Point.BEFORE_HANDLE, 30)
                .killAt(Probe.Point.AFTER_HANDLE, 30)
                .killAt(Probe.Point.REVOKING, 1)
                .finish();
        assertThat(counts.values()).allMatch(times -> times <= 1);
        assertThat(counts.values())
                .as("what was committed and not handled is lost")
                .contains(0);
    }
}
