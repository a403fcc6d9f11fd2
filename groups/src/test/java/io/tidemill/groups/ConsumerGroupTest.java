package io.tidemill.groups;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every transition and error of KIP-848 groups. */
class ConsumerGroupTest {
    private Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private void use(GroupOptions options) {
        rig.close();
        rig = new Rig(options);
    }

    @Test
    void aFirstMemberGetsEverything() {
        ConsumerHeartbeatResult joined = rig.ok(Rig.joining("m1", "a"));
        assertThat(joined.memberEpoch()).isEqualTo(2);
        assertThat(joined.assignment()).isEqualTo(rig.of("a", 0, 1, 2, 3));
        assertThat(joined.heartbeatInterval()).isEqualTo(Duration.ofSeconds(5));
        assertThat(rig.ok(Rig.beating("m1", 2, null)).assignment()).isNull();
        assertThat(rig.consumerGroup().state()).isEqualTo(GroupState.STABLE);
        assertThat(rig.lastRebalance().outcome()).isEqualTo(Rebalance.Outcome.COMPLETED);
        assertThat(rig.lastRebalance().triggers())
                .extracting(Trigger::kind)
                .containsExactly(Trigger.Kind.MEMBER_JOINED_NEW);
    }

    @Test
    void partitionsAreRevokedBeforeOthersGetThem() {
        rig.ok(Rig.joining("m1", "a"));
        ConsumerHeartbeatResult second = rig.ok(Rig.joining("m2", "a"));
        assertThat(second.memberEpoch()).isEqualTo(3);
        assertThat(second.assignment()).isEmpty();
        ConsumerHeartbeatResult first = rig.ok(Rig.beating("m1", 2, rig.of("a", 0, 1, 2, 3)));
        assertThat(first.memberEpoch()).isEqualTo(2);
        assertThat(first.assignment()).isEqualTo(rig.of("a", 0, 1));
        assertThat(rig.consumerGroup().state()).isEqualTo(GroupState.RECONCILING);
        assertThat(rig.ok(Rig.beating("m2", 3, List.of())).assignment()).isNull();
        assertThat(rig.ok(Rig.beating("m1", 2, rig.of("a", 0, 1))).memberEpoch())
                .isEqualTo(3);
        assertThat(rig.ok(Rig.beating("m2", 3, null)).assignment()).isEqualTo(rig.of("a", 2, 3));
        assertThat(rig.consumerGroup().state()).isEqualTo(GroupState.STABLE);
    }

    @Test
    void whoDoesNotRevokeIsRemoved() {
        rig.ok(Rig.joining("m1", "a"));
        rig.ok(Rig.joining("m2", "a"));
        for (int i = 0; i < 12; i++) {
            rig.ok(Rig.beating("m1", 2, rig.of("a", 0, 1, 2, 3)));
            rig.ok(Rig.beating("m2", 3, null));
            rig.advanceSeconds(5);
        }
        assertThat(rig.beat(Rig.beating("m1", 2, null)).error()).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.ok(Rig.beating("m2", 3, null)).assignment()).isEqualTo(rig.of("a", 0, 1, 2, 3));
        assertThat(rig.lastRebalance().triggers())
                .extracting(Trigger::kind)
                .containsExactly(Trigger.Kind.REBALANCE_TIMEOUT);
    }

    @Test
    void epochsAreChecked() {
        rig.ok(Rig.joining("m1", "a"));
        rig.ok(Rig.joining("m2", "a"));
        assertThat(rig.beat(Rig.beating("m1", 9, null)).error()).isEqualTo(GroupError.FENCED_MEMBER_EPOCH);
        assertThat(rig.beat(Rig.beating("m1", 1, null)).error()).isEqualTo(GroupError.FENCED_MEMBER_EPOCH);
        assertThat(rig.beat(Rig.beating("m3", 1, null)).error()).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        rig.ok(Rig.beating("m1", 2, rig.of("a", 0, 1, 2, 3)));
        rig.ok(Rig.beating("m1", 2, rig.of("a", 0, 1)));
        // The answer with epoch 3 was lost; what the member owns shows that it is the same member.
        assertThat(rig.ok(Rig.beating("m1", 2, rig.of("a", 0, 1))).memberEpoch())
                .isEqualTo(3);
        assertThat(rig.beat(Rig.beating("m1", 2, rig.of("a", 3))).error()).isEqualTo(GroupError.FENCED_MEMBER_EPOCH);
        assertThat(rig.ok(Rig.joining("m1", "a")).assignment()).isEqualTo(rig.of("a", 0, 1));
    }

    @Test
    void requestsAreChecked() {
        ConsumerHeartbeatRequest valid = Rig.joining("m1", "a");
        assertThat(error(valid, "", "m1", 0, null)).isEqualTo(GroupError.INVALID_REQUEST);
        assertThat(error(valid, "g", "", 0, null)).isEqualTo(GroupError.INVALID_REQUEST);
        assertThat(error(valid, "g", "m1", -3, null)).isEqualTo(GroupError.INVALID_REQUEST);
        assertThat(error(valid, "g", "m1", -2, null)).isEqualTo(GroupError.INVALID_REQUEST);
        assertThat(error(valid, "g", "m1", 0, "best")).isEqualTo(GroupError.UNSUPPORTED_ASSIGNOR);
        assertThat(error(valid, "g", "m1", 5, null)).isEqualTo(GroupError.GROUP_ID_NOT_FOUND);
        assertThat(rig.beat(regex("m1", "(")).error()).isEqualTo(GroupError.INVALID_REGULAR_EXPRESSION);
        assertThat(rig.coordinator.describe("g")).isEmpty();
    }

    private GroupError error(
            ConsumerHeartbeatRequest valid, String group, String member, int epoch, @Nullable String assignor) {
        return rig.beat(new ConsumerHeartbeatRequest(
                        valid.client(),
                        group,
                        member,
                        epoch,
                        null,
                        null,
                        valid.rebalanceTimeout(),
                        valid.subscribedTopicNames(),
                        null,
                        assignor,
                        valid.ownedPartitions(),
                        true))
                .error();
    }

    private static ConsumerHeartbeatRequest regex(String member, String regex) {
        return new ConsumerHeartbeatRequest(
                Rig.client(member), "g", member, 0, null, null, Rig.REBALANCE, null, regex, null, List.of(), true);
    }

    @Test
    void topicsByRegularExpression() {
        rig.topics.with("orders-1", 2);
        assertThat(rig.ok(regex("m1", "orders-.*")).assignment()).isEqualTo(rig.of("orders-1", 0, 1));
        rig.topics.with("orders-2", 1);
        rig.coordinator.topicsChanged();
        assertThat(rig.ok(Rig.beating("m1", 2, null)).assignment()).hasSize(2);
        assertThat(rig.lastRebalance().triggers().get(0).kind()).isEqualTo(Trigger.Kind.TOPICS_CHANGED);
        assertThat(rig.lastRebalance().triggers().get(0).detail()).isEqualTo("orders-2 appeared");
        assertThat(rig.beat(regex("m2", "(a*)*(a*)*(a*)*(a*)*b")).error())
                .isIn(GroupError.NONE, GroupError.INVALID_REGULAR_EXPRESSION);
        rig.topics.with("a".repeat(200), 1);
        rig.coordinator.topicsChanged();
        assertThat(rig.beat(regex("m3", "a*a*a*a*a*b")).error()).isEqualTo(GroupError.INVALID_REGULAR_EXPRESSION);
    }

    @Test
    void topicsGrowAndVanish() {
        rig.ok(Rig.joining("m1", "a", "later"));
        rig.topics.with("a", 6).with("later", 1);
        rig.coordinator.topicsChanged();
        ConsumerHeartbeatResult grown = rig.ok(Rig.beating("m1", 2, null));
        assertThat(grown.memberEpoch()).isEqualTo(3);
        assertThat(grown.assignment()).hasSize(2);
        rig.topics.remove("later");
        rig.coordinator.topicsChanged();
        ConsumerHeartbeatResult shrunk = rig.ok(Rig.beating("m1", 3, rig.of("a", 0, 1, 2, 3, 4, 5)));
        assertThat(shrunk.memberEpoch()).isEqualTo(4);
        assertThat(shrunk.assignment()).isEqualTo(rig.of("a", 0, 1, 2, 3, 4, 5));
    }

    @Test
    void subscriptionsChange() {
        rig.ok(Rig.joining("m1", "a"));
        ConsumerHeartbeatRequest change = new ConsumerHeartbeatRequest(
                Rig.client("m1"), "g", "m1", 2, null, null, null, List.of("b"), null, null, null, true);
        ConsumerHeartbeatResult changed = rig.ok(change);
        assertThat(changed.memberEpoch()).isEqualTo(2);
        assertThat(changed.assignment()).isEmpty();
        ConsumerHeartbeatResult next = rig.ok(Rig.beating("m1", 2, List.of()));
        assertThat(next.memberEpoch()).isEqualTo(3);
        assertThat(next.assignment()).isEqualTo(rig.of("b", 0, 1));
        assertThat(rig.lastRebalance().triggers().get(0).kind()).isEqualTo(Trigger.Kind.SUBSCRIPTION_CHANGED);
        assertThat(rig.coordinator.isSubscribed("g", "b")).isTrue();
        assertThat(rig.coordinator.isSubscribed("g", "a")).isFalse();
    }

    @Test
    void membersLeave() {
        rig.ok(Rig.joining("m1", "a"));
        rig.ok(Rig.joining("m2", "a"));
        ConsumerHeartbeatResult left = rig.ok(Rig.beating("m1", -1, null));
        assertThat(left.memberEpoch()).isEqualTo(-1);
        assertThat(rig.consumerGroup().state()).isEqualTo(GroupState.ASSIGNING);
        assertThat(rig.ok(Rig.beating("m2", 3, null)).assignment()).isEqualTo(rig.of("a", 0, 1, 2, 3));
        assertThat(rig.beat(Rig.beating("m1", -1, null)).error()).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        rig.ok(Rig.beating("m2", -1, null));
        assertThat(rig.state()).isEqualTo(GroupState.EMPTY);
        assertThat(rig.lastRebalance().outcome()).isEqualTo(Rebalance.Outcome.EMPTIED);
        assertThat(rig.coordinator.delete("g")).isEqualTo(GroupError.NONE);
    }

    @Test
    void sessionsEnd() {
        rig.ok(Rig.joining("m1", "a"));
        rig.advanceSeconds(44);
        assertThat(rig.state()).isEqualTo(GroupState.STABLE);
        rig.advanceSeconds(1);
        assertThat(rig.state()).isEqualTo(GroupState.EMPTY);
        Trigger trigger = rig.lastRebalance().triggers().get(0);
        assertThat(trigger.kind()).isEqualTo(Trigger.Kind.SESSION_EXPIRED);
        Evidence evidence = Objects.requireNonNull(trigger.evidence());
        assertThat(evidence.sinceHeartbeatMillis()).isEqualTo(45_000);
        assertThat(evidence.heartbeatIntervalMillis()).isEqualTo(5_000);
    }

    @Test
    void staticMembersComeBack() {
        rig.ok(Rig.instance(Rig.joining("m1", "a"), "i1"));
        assertThat(rig.beat(Rig.instance(Rig.joining("m2", "a"), "i1")).error())
                .isEqualTo(GroupError.UNRELEASED_INSTANCE_ID);
        assertThat(rig.beat(Rig.instance(Rig.beating("m2", 2, null), "i1")).error())
                .isEqualTo(GroupError.FENCED_INSTANCE_ID);
        assertThat(rig.beat(Rig.instance(Rig.beating("m1", 2, null), "i2")).error())
                .isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.ok(Rig.instance(Rig.beating("m1", -2, null), "i1")).memberEpoch())
                .isEqualTo(-2);
        ConsumerHeartbeatResult back = rig.ok(Rig.instance(Rig.joining("m3", "a"), "i1"));
        assertThat(back.memberEpoch()).isEqualTo(2);
        assertThat(back.assignment()).isEqualTo(rig.of("a", 0, 1, 2, 3));
        assertThat(rig.beat(Rig.instance(Rig.beating("m1", 2, null), "i1")).error())
                .isEqualTo(GroupError.FENCED_INSTANCE_ID);
        assertThat(rig.consumerGroup().groupEpoch()).isEqualTo(2);
        assertThat(rig.rebalances())
                .extracting(each -> each.triggers().get(0).kind())
                .containsExactly(
                        Trigger.Kind.MEMBER_JOINED_NEW,
                        Trigger.Kind.STATIC_MEMBER_FENCED,
                        Trigger.Kind.STATIC_MEMBER_REPLACED,
                        Trigger.Kind.STATIC_MEMBER_FENCED);
    }

    @Test
    void aStaticMemberThatStaysAwayIsRemoved() {
        rig.ok(Rig.instance(Rig.joining("m1", "a"), "i1"));
        rig.ok(Rig.instance(Rig.beating("m1", -2, null), "i1"));
        rig.advanceSeconds(45);
        assertThat(rig.state()).isEqualTo(GroupState.EMPTY);
    }

    @Test
    void administratorsRemoveMembers() {
        rig.ok(Rig.instance(Rig.joining("m1", "a"), "i1"));
        assertThat(rig.leave("", "i1", "member was removed by an admin")).isEqualTo(GroupError.NONE);
        assertThat(rig.state()).isEqualTo(GroupState.EMPTY);
        assertThat(rig.lastRebalance().triggers().get(0).kind()).isEqualTo(Trigger.Kind.ADMIN_REMOVED);
    }

    @Test
    void theGroupHasAMaximumSize() {
        use(GroupOptions.defaults().membersMax(1));
        rig.ok(Rig.joining("m1", "a"));
        assertThat(rig.beat(Rig.joining("m2", "a")).error()).isEqualTo(GroupError.GROUP_MAX_SIZE_REACHED);
        rig.ok(Rig.joining("m1", "a"));
    }

    @Test
    void assignmentsMayBeSpacedOut() {
        use(GroupOptions.defaults().consumerAssignmentInterval(Duration.ofSeconds(1)));
        rig.ok(Rig.joining("m1", "a"));
        assertThat(rig.ok(Rig.joining("m2", "a")).memberEpoch()).isEqualTo(2);
        assertThat(rig.consumerGroup().state()).isEqualTo(GroupState.ASSIGNING);
        rig.advanceSeconds(1);
        assertThat(rig.ok(Rig.beating("m2", 2, null)).memberEpoch()).isEqualTo(3);
    }

    @Test
    void commitsAndFetchesAreChecked() {
        assertThat(rig.commit("", null, -1, false, 9)).isEqualTo(GroupError.NONE);
        rig.ok(Rig.joining("m1", "a"));
        rig.ok(Rig.joining("m2", "a"));
        assertThat(rig.commit("", null, -1, false, 9)).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.commit("", null, -1, true, 3)).isEqualTo(GroupError.NONE);
        assertThat(rig.commit("m1", null, 2, false, 9)).isEqualTo(GroupError.NONE);
        assertThat(rig.commit("m1", null, 2, false, 8)).isEqualTo(GroupError.UNSUPPORTED_VERSION);
        assertThat(rig.commit("m1", null, 3, false, 9)).isEqualTo(GroupError.STALE_MEMBER_EPOCH);
        assertThat(rig.commit("m1", null, 1, true, 3)).isEqualTo(GroupError.ILLEGAL_GENERATION);
        rig.ok(Rig.beating("m1", 2, rig.of("a", 0, 1)));
        // a-0 has been m1's since epoch 2.
        assertThat(rig.commit("m1", null, 2, false, 9)).isEqualTo(GroupError.NONE);
        assertThat(rig.commit("m2", null, 2, false, 9)).isEqualTo(GroupError.STALE_MEMBER_EPOCH);
        assertThat(fetch(null, -1)).isEqualTo(GroupError.NONE);
        assertThat(fetch("m1", 3)).isEqualTo(GroupError.NONE);
        assertThat(fetch("m1", 2)).isEqualTo(GroupError.STALE_MEMBER_EPOCH);
        assertThat(fetch("m9", 2)).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
    }

    private GroupError fetch(@Nullable String memberId, int epoch) {
        return rig.coordinator.checkOffsetFetch(new OffsetFetchCheck("g", memberId, epoch));
    }

    @Test
    void typesDoNotMix() {
        JoinResult classic = rig.stableSingle();
        assertThat(rig.beat(Rig.joining("m1", "a")).error()).isEqualTo(GroupError.GROUP_ID_NOT_FOUND);
        rig.leave(classic.memberId(), null, null);
        rig.ok(Rig.joining("m1", "a"));
        assertThat(rig.join("c", "", "range").join().error()).isEqualTo(GroupError.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(rig.heartbeat(classic)).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.sync(classic, Map.of()).join().error()).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.leave("x", null, null)).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        rig.ok(Rig.beating("m1", -1, null));
        assertThat(rig.join("c", "", "range").join().error()).isEqualTo(GroupError.MEMBER_ID_REQUIRED);
        rig.crash();
        assertThat(rig.state()).isEqualTo(GroupState.DEAD);
    }

    @Test
    void nobodyRejoinsAfterARestart() {
        rig.ok(Rig.joining("m1", "a"));
        rig.ok(Rig.joining("m2", "a"));
        rig.ok(Rig.beating("m1", 2, rig.of("a", 0, 1, 2, 3)));
        rig.crash();
        assertThat(rig.consumerGroup().state()).isEqualTo(GroupState.RECONCILING);
        assertThat(rig.ok(Rig.beating("m1", 2, rig.of("a", 0, 1))).memberEpoch())
                .isEqualTo(3);
        assertThat(rig.ok(Rig.beating("m2", 3, null)).assignment()).isEqualTo(rig.of("a", 2, 3));
        rig.crash();
        assertThat(rig.consumerGroup().state()).isEqualTo(GroupState.STABLE);
        assertThat(rig.ok(Rig.beating("m1", 3, null)).assignment()).isNull();
    }

    @Test
    void nothingHappensThatCannotBeWritten() {
        rig.ok(Rig.joining("m1", "a"));
        rig.disk.failForceAt(1);
        assertThat(rig.beat(Rig.joining("m2", "a")).error()).isEqualTo(GroupError.COORDINATOR_NOT_AVAILABLE);
        assertThat(rig.consumerGroup().members()).hasSize(1);
        rig.crash();
        assertThat(rig.ok(Rig.beating("m1", 2, null)).memberEpoch()).isIn(2, 3);
    }
}
