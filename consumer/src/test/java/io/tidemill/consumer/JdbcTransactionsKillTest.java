package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Killed at every point: each record's row is there once. */
final class JdbcTransactionsKillTest {
    @Test
    void exactlyOnce() throws Exception {
        var counts = KillRig.toTable("jdbc")
                .killAt(Probe.Point.ASSIGNED, 1)
                .killAt(Probe.Point.POLLED, 2)
                .killAt(Probe.Point.BEFORE_HANDLE, 40)
                .killAt(Probe.Point.AFTER_HANDLE, 40)
                .killAt(Probe.Point.BEFORE_COMMIT, 5)
                .killAt(Probe.Point.OFFSET_STORED, 5)
                .killAfter(Probe.Point.OFFSET_STORED, 5, 2_000)
                .killAt(Probe.Point.AFTER_COMMIT, 5)
                .killAt(Probe.Point.REVOKING, 1)
                .killAt(Probe.Point.REVOKED, 1)
                .finish();
        assertThat(counts.values()).allMatch(times -> times == 1);
    }
}
