package io.tidemill.groups;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.testkit.Seeds;
import org.junit.jupiter.api.Test;

/** Random members, crashes and restarts: one owner per partition, generations that never go back, and peace in the end. */
class GroupSimulationTest {
    private static final int RUNS = Integer.getInteger("tidemill.groups.runs", 20);
    private static final int STEPS = 400;

    @Test
    void classicGroups() throws Exception {
        for (int i = 0; i < RUNS; i++) {
            Seeds.run(seed -> {
                try (SimulatedClassicGroup group = new SimulatedClassicGroup(seed)) {
                    group.run(STEPS);
                    assertThat(group.rig.journaled()).isPositive();
                }
            });
        }
    }

    @Test
    void consumerGroups() throws Exception {
        for (int i = 0; i < RUNS; i++) {
            Seeds.run(seed -> {
                try (SimulatedConsumerGroup group = new SimulatedConsumerGroup(seed)) {
                    group.run(STEPS);
                    assertThat(group.rig.journaled()).isPositive();
                }
            });
        }
    }
}
