package io.tidemill.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The journal as its readers find it. */
class JournalTest {
    @Test
    void entriesAreReadFromTheTopic() {
        try (Rig rig = new Rig()) {
            JoinResult joined = rig.stableSingle();
            assertThat(rig.leave(joined.memberId(), null, "closing")).isEqualTo(GroupError.NONE);
            RecordCursor cursor = new RecordCursor();
            rig.log.fetch(new TopicPartition(GroupCoordinator.REBALANCES_TOPIC, 0), 0, 1 << 20, cursor);
            List<Rebalance> read = new ArrayList<>();
            while (cursor.next()) {
                assertThat(TextDecoder.text(Objects.requireNonNull(cursor.key())))
                        .isEqualTo("g");
                read.add(Rebalance.fromJson(Objects.requireNonNull(cursor.value())));
            }
            assertThat(read).isEqualTo(rig.rebalances()).hasSize(2);
            Rebalance first = read.get(0);
            assertThat(first.v()).isEqualTo(1);
            assertThat(first.type()).isEqualTo(GroupType.CLASSIC);
            assertThat(first.generationBefore()).isZero();
            assertThat(first.generationAfter()).isEqualTo(1);
            assertThat(first.members())
                    .extracting(RebalanceMember::assignedPartitions)
                    .containsExactly(4);
            assertThat(first.members().get(0).subscribedTopics()).containsExactly("a");
            assertThat(read.get(1).triggers().get(0).reason()).isEqualTo("closing");
        }
    }

    @Test
    void newerEntriesCanBeRead() {
        String json = "{\"v\":2,\"group\":\"g\",\"type\":\"CLASSIC\",\"outcome\":\"EXPLODED\",\"novelty\":[1],"
                + "\"triggers\":[{\"kind\":\"SOLAR_FLARE\",\"at\":1}],\"membersBefore\":[],\"members\":[],\"joins\":[]}";
        Rebalance read = Rebalance.fromJson(TextDecoder.bytes(json));
        assertThat(read.outcome()).isEqualTo(Rebalance.Outcome.OTHER);
        assertThat(read.triggers().get(0).kind()).isEqualTo(Trigger.Kind.OTHER);
        assertThatThrownBy(() -> Rebalance.fromJson(TextDecoder.bytes("no")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void recordsOfAnotherVersionAreRefused() {
        assertThatThrownBy(() -> GroupStore.readValue(TextDecoder.bytes("{\"type\":\"classic.9\"}")))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> GroupStore.readKey(TextDecoder.bytes("[2,\"g\"]")))
                .isInstanceOf(IllegalStateException.class);
        RecordKey key = new RecordKey("g", "m");
        assertThat(GroupStore.readKey(GroupStore.writeKey(key))).isEqualTo(key);
    }

    @Test
    void onlyTheLastHundredAreRemembered() {
        try (Rig rig = new Rig()) {
            JoinResult joined = rig.stableSingle();
            for (int i = 0; i < 120; i++) {
                JoinResult again = rig.join("c1", joined.memberId(), "range").join();
                assertThat(rig.sync(again, Map.of()).join().error()).isEqualTo(GroupError.NONE);
            }
            assertThat(rig.rebalances()).hasSize(GroupOptions.REBALANCES_KEPT_MAX);
            assertThat(rig.lastRebalance().generationAfter()).isEqualTo(121);
        }
    }

    @Test
    void aGroupOfManyMembersHasBoundedEntries() {
        try (Rig rig = new Rig(GroupOptions.defaults().membersMax(300))) {
            for (int i = 0; i < 250; i++) {
                rig.ok(Rig.joining("m" + i, "a"));
            }
            for (int round = 0; round < 3; round++) {
                for (ConsumerGroupDescription.Member member :
                        rig.consumerGroup().members()) {
                    rig.ok(Rig.beating(member.memberId(), member.memberEpoch(), List.of()));
                }
            }
            assertThat(rig.state()).isEqualTo(GroupState.STABLE);
            assertThat(rig.lastRebalance().members()).hasSize(Rebalance.LISTED_MAX);
            assertThat(rig.lastRebalance().memberCount()).isEqualTo(250);
        }
    }

    @Test
    void membersWithTheSameClientIdAreToldApartByWhatTheyFetch() {
        try (Rig rig = new Rig()) {
            ConsumerHeartbeatRequest first = Rig.joining("m1", "a");
            ConsumerHeartbeatRequest second = Rig.joining("m2", "b");
            rig.ok(withClient(first, "same"));
            rig.ok(withClient(second, "same"));
            rig.coordinator.memberActivity(new ClientActivity(
                    ClientActivity.Kind.FETCH, "same", "/10.0.0.1", "f", Instant.EPOCH, new TopicPartition("b", 0)));
            rig.coordinator.memberActivity(
                    new ClientActivity(ClientActivity.Kind.FETCH, "same", "/10.0.0.1", "f2", Instant.EPOCH, null));
            assertThat(rig.consumerGroup().members())
                    .extracting(member -> member.statistics().fetches())
                    .containsExactly(0L, 1L);
            rig.coordinator.connectionClosed("conn-same");
            assertThat(rig.consumerGroup().members())
                    .extracting(member -> member.statistics().connectionOpen())
                    .containsExactly(false, false);
        }
    }

    private static ConsumerHeartbeatRequest withClient(ConsumerHeartbeatRequest request, String clientId) {
        return new ConsumerHeartbeatRequest(
                Rig.client(clientId),
                request.groupId(),
                request.memberId(),
                request.memberEpoch(),
                request.groupInstanceId(),
                request.rackId(),
                request.rebalanceTimeout(),
                request.subscribedTopicNames(),
                request.subscribedTopicRegex(),
                request.serverAssignor(),
                request.ownedPartitions(),
                request.requireMemberId());
    }
}
