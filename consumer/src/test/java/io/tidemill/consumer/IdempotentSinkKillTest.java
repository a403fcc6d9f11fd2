package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Killed at every point, reading at least once: the effects of a sink that remembers ids. */
final class IdempotentSinkKillTest {
    @Test
    void exactlyOnceWithIdAndEffectInOneTransaction() throws Exception {
        var counts = everywhere(KillRig.toTable("dedup-transaction")).finish();
        assertThat(counts.values()).allMatch(times -> times == 1);
    }

    /** Of what runs at the moment of a kill, at most one record for each worker repeats; nothing that was finished does. */
    @Test
    void repeatsOnlyWhatWasBeingHandled() throws Exception {
        var counts = everywhere(KillRig.toFile("dedup-repeat")).finish();
        assertThat(counts.values()).allMatch(times -> times >= 1);
        int repeats = counts.values().stream().mapToInt(times -> times - 1).sum();
        assertThat(repeats).as("4 kills, 4 workers").isLessThanOrEqualTo(16);
    }

    private static KillRig everywhere(KillRig rig) throws Exception {
        return rig.killAt(Probe.Point.BEFORE_HANDLE, 40)
                .killAt(Probe.Point.AFTER_HANDLE, 40)
                .killAfter(Probe.Point.BEFORE_COMMIT, 3, 3_000)
                .killAt(Probe.Point.AFTER_COMMIT, 3);
    }
}
