package io.tidemill.groups;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A group of the largest size that it may have. */
class LargeGroupTest {
    private static final int MEMBERS = 300;

    @Test
    void manyMembersShareManyPartitions() {
        // Assigned at every one of the joins, it would write as many members again and again.
        try (Rig rig = new Rig(
                GroupOptions.defaults().membersMax(MEMBERS).consumerAssignmentInterval(Duration.ofSeconds(1)))) {
            rig.topics.with("a", 750);
            for (int i = 0; i < MEMBERS; i++) {
                rig.ok(Rig.joining("m" + i, "a"));
            }
            assertThat(rig.beat(Rig.joining("more", "a")).error()).isEqualTo(GroupError.GROUP_MAX_SIZE_REACHED);
            for (int round = 0; round < 3; round++) {
                rig.advanceSeconds(1);
                for (ConsumerGroupDescription.Member member :
                        rig.consumerGroup().members()) {
                    rig.ok(Rig.beating(member.memberId(), member.memberEpoch(), List.of()));
                }
            }
            assertThat(rig.state()).isEqualTo(GroupState.STABLE);
            assertThat(rig.consumerGroup().members())
                    .allMatch(member -> member.assigned().get(0).partitions().size() >= 2);
        }
    }
}
