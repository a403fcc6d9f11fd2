package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Killed at every point: none lost, some repeated. */
final class CommitAfterProcessingKillTest {
    @Test
    void neverLoses() throws Exception {
        var counts = KillRig.toFile("commit-after")
                .killAt(Probe.Point.ASSIGNED, 1)
                .killAt(Probe.Point.POLLED, 2)
                .killAt(Probe.Point.BEFORE_HANDLE, 40)
                .killAt(Probe.Point.AFTER_HANDLE, 40)
                .killAt(Probe.Point.BEFORE_COMMIT, 3)
                .killAfter(Probe.Point.BEFORE_COMMIT, 3, 3_000)
                .killAt(Probe.Point.AFTER_COMMIT, 3)
                .killAt(Probe.Point.REVOKING, 1)
                .killAt(Probe.Point.REVOKED, 1)
                .finish();
        assertThat(counts.values()).allMatch(times -> times >= 1);
        assertThat(counts.values())
                .as("what was handled and not committed repeats")
                .anyMatch(times -> times > 1);
    }
}
