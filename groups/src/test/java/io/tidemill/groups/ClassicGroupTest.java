package io.tidemill.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.log.Commit;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every transition and error of classic groups. */
@SuppressWarnings("FutureReturnValueIgnored") // answers are errors, never exceptions
class ClassicGroupTest {
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
    void aFirstMemberMakesAGenerationAtOnceAndLeadsIt() {
        JoinResult joined = rig.joinNew("c1", "range=a").join();
        assertThat(joined.error()).isEqualTo(GroupError.NONE);
        assertThat(joined.generation()).isEqualTo(1);
        assertThat(joined.leader()).isEqualTo(joined.memberId()).startsWith("c1-");
        assertThat(joined.protocolName()).isEqualTo("range");
        assertThat(joined.members()).hasSize(1);
        assertThat(rig.state()).isEqualTo(GroupState.COMPLETING_REBALANCE);
        SyncResult synced = rig.sync(joined, Map.of(joined.memberId(), "a-0")).join();
        assertThat(TextDecoder.text(synced.assignment())).isEqualTo("a-0");
        assertThat(rig.state()).isEqualTo(GroupState.STABLE);
        assertThat(rig.heartbeat(joined)).isEqualTo(GroupError.NONE);
    }

    @Test
    void requestsAreChecked() {
        assertThat(rig.join("c", "unknown", "range").join().error()).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.join("c", "").join().error()).isEqualTo(GroupError.INCONSISTENT_GROUP_PROTOCOL);
        JoinRequest request = Rig.joinRequest("c", "", null, "range");
        assertThat(rig.coordinator.join(with(request, "", Rig.SESSION)).join().error())
                .isEqualTo(GroupError.INVALID_GROUP_ID);
        assertThat(rig.coordinator
                        .join(with(request, "g", Duration.ofMillis(1)))
                        .join()
                        .error())
                .isEqualTo(GroupError.INVALID_SESSION_TIMEOUT);
        assertThat(rig.heartbeat("nobody", null, 1)).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.leave("nobody", null, null)).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.coordinator.describe("g")).isEmpty();
    }

    private static JoinRequest with(JoinRequest request, String group, Duration session) {
        return new JoinRequest(
                request.client(),
                group,
                request.memberId(),
                request.groupInstanceId(),
                session,
                request.rebalanceTimeout(),
                request.protocolType(),
                request.protocols(),
                request.reason(),
                request.requireKnownMemberId(),
                request.supportsSkipAssignment());
    }

    @Test
    void aSecondMemberWaitsUntilTheFirstComesBack() {
        JoinResult first = rig.stableSingle();
        CompletableFuture<JoinResult> second = rig.joinNew("c2", "range");
        assertThat(second).isNotDone();
        assertThat(rig.state()).isEqualTo(GroupState.PREPARING_REBALANCE);
        assertThat(rig.heartbeat(first)).isEqualTo(GroupError.REBALANCE_IN_PROGRESS);
        JoinResult again = rig.join("c1", first.memberId(), "range").join();
        assertThat(again.generation()).isEqualTo(2);
        assertThat(again.members()).hasSize(2);
        assertThat(second.join().generation()).isEqualTo(2);
        assertThat(second.join().members()).isEmpty();
        assertThat(second.join().leader()).isEqualTo(first.memberId());
        CompletableFuture<SyncResult> follower = rig.sync(second.join(), Map.of());
        assertThat(follower).isNotDone();
        assertThat(rig.sync(again, Map.of(again.memberId(), "a-0", second.join().memberId(), "a-1"))
                        .join()
                        .error())
                .isEqualTo(GroupError.NONE);
        assertThat(TextDecoder.text(follower.join().assignment())).isEqualTo("a-1");
        assertThat(rig.heartbeat(first)).isEqualTo(GroupError.ILLEGAL_GENERATION);
    }

    @Test
    void aMemberThatDoesNotComeBackIsLeftBehindAfterTheRebalanceTimeout() {
        JoinResult first = rig.stableSingle();
        CompletableFuture<JoinResult> second = rig.joinNew("c2", "range");
        for (int i = 0; i < 11; i++) {
            rig.advanceSeconds(5);
            assertThat(rig.heartbeat(first)).isEqualTo(GroupError.REBALANCE_IN_PROGRESS);
        }
        assertThat(second).isNotDone();
        rig.advanceSeconds(5);
        assertThat(second.join().leader()).isEqualTo(second.join().memberId());
        assertThat(rig.heartbeat(first)).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        rig.sync(second.join(), Map.of());
        Rebalance rebalance = rig.lastRebalance();
        assertThat(rebalance.triggers())
                .extracting(Trigger::kind)
                .containsExactly(Trigger.Kind.MEMBER_JOINED_NEW, Trigger.Kind.REBALANCE_TIMEOUT);
        assertThat(rebalance.durationMillis()).isEqualTo(60_000);
        assertThat(rebalance.joins())
                .extracting(Rebalance.JoinTiming::afterMillis)
                .containsExactly(0L, null);
        assertThat(rebalance.membersBefore())
                .extracting(RebalanceMember::memberId)
                .containsExactly(first.memberId());
    }

    @Test
    void aSessionEndsWithoutHeartbeats() {
        JoinResult joined = rig.stableSingle();
        rig.coordinator.connectionClosed("conn-any");
        rig.advanceSeconds(9);
        assertThat(rig.heartbeat(joined)).isEqualTo(GroupError.NONE);
        rig.coordinator.connectionClosed("conn-any");
        rig.advanceSeconds(9);
        assertThat(rig.state()).isEqualTo(GroupState.STABLE);
        rig.advanceSeconds(1);
        assertThat(rig.state()).isEqualTo(GroupState.EMPTY);
        Rebalance rebalance = rig.lastRebalance();
        assertThat(rebalance.outcome()).isEqualTo(Rebalance.Outcome.EMPTIED);
        assertThat(rebalance.generationAfter()).isEqualTo(2);
        Evidence evidence = Objects.requireNonNull(rebalance.triggers().get(0).evidence());
        assertThat(rebalance.triggers().get(0).kind()).isEqualTo(Trigger.Kind.SESSION_EXPIRED);
        assertThat(evidence.sinceHeartbeatMillis()).isEqualTo(10_000);
        assertThat(evidence.connectionOpen()).isFalse();
    }

    @Test
    void aCommitIsASignOfLife() {
        JoinResult joined = rig.stableSingle();
        for (int i = 0; i < 5; i++) {
            rig.advanceSeconds(8);
            assertThat(rig.commit(joined.memberId(), null, 1, false, 9)).isEqualTo(GroupError.NONE);
        }
        assertThat(rig.state()).isEqualTo(GroupState.STABLE);
    }

    @Test
    void membersVoteForAProtocol() {
        JoinResult first = rig.joinNew("c1", "range", "sticky").join();
        CompletableFuture<JoinResult> second = rig.joinNew("c2", "sticky", "range");
        CompletableFuture<JoinResult> third = rig.joinNew("c3", "sticky", "range");
        rig.join("c1", first.memberId(), "range", "sticky");
        assertThat(second.join().protocolName()).isEqualTo("sticky");
        assertThat(third.join().protocolName()).isEqualTo("sticky");
        assertThat(rig.join("c4", "", "other").join().error()).isEqualTo(GroupError.INCONSISTENT_GROUP_PROTOCOL);
    }

    @Test
    void protocolTypesAreChecked() {
        JoinResult joined = rig.stableSingle();
        JoinRequest request = Rig.joinRequest("c", "", null, "range");
        JoinRequest connect = new JoinRequest(
                request.client(),
                "g",
                "",
                null,
                Rig.SESSION,
                Rig.REBALANCE,
                "connect",
                request.protocols(),
                null,
                true,
                true);
        assertThat(rig.coordinator.join(connect).join().error()).isEqualTo(GroupError.INCONSISTENT_GROUP_PROTOCOL);
        SyncRequest sync =
                new SyncRequest(Rig.client("c"), "g", joined.memberId(), null, 1, "connect", "range", Map.of());
        assertThat(rig.coordinator.sync(sync).join().error()).isEqualTo(GroupError.INCONSISTENT_GROUP_PROTOCOL);
    }

    @Test
    void syncsAreChecked() {
        JoinResult joined = rig.stableSingle();
        JoinResult wrong =
                new JoinResult(GroupError.NONE, 7, "consumer", "range", "", false, joined.memberId(), List.of());
        assertThat(rig.sync(wrong, Map.of()).join().error()).isEqualTo(GroupError.ILLEGAL_GENERATION);
        JoinResult nobody = new JoinResult(GroupError.NONE, 1, "consumer", "range", "", false, "nobody", List.of());
        assertThat(rig.sync(nobody, Map.of()).join().error()).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(TextDecoder.text(rig.sync(joined, Map.of()).join().assignment()))
                .isEqualTo("a-0,a-1,a-2,a-3");
        rig.joinNew("c2", "range");
        assertThat(rig.sync(joined, Map.of()).join().error()).isEqualTo(GroupError.REBALANCE_IN_PROGRESS);
    }

    @Test
    void aMemberThatSendsNoSyncIsRemoved() {
        JoinResult first = rig.joinNew("c1", "range").join();
        CompletableFuture<JoinResult> second = rig.joinNew("c2", "range");
        JoinResult again = rig.join("c1", first.memberId(), "range").join();
        rig.sync(again, Map.of(again.memberId(), "a-0"));
        for (int i = 0; i < 12; i++) {
            rig.advanceSeconds(5);
            rig.heartbeat(again);
            rig.heartbeat(second.join());
        }
        assertThat(rig.state()).isEqualTo(GroupState.PREPARING_REBALANCE);
        assertThat(rig.heartbeat(second.join())).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.join("c1", first.memberId(), "range").join().generation())
                .isEqualTo(3);
    }

    @Test
    void aRebalanceInterruptsThoseWhoWaitForTheirAssignment() {
        JoinResult first = rig.joinNew("c1", "range").join();
        CompletableFuture<JoinResult> second = rig.joinNew("c2", "range");
        JoinResult again = rig.join("c1", first.memberId(), "range").join();
        CompletableFuture<SyncResult> waiting = rig.sync(second.join(), Map.of());
        rig.joinNew("c3", "range");
        assertThat(waiting.join().error()).isEqualTo(GroupError.REBALANCE_IN_PROGRESS);
        assertThat(rig.rebalances()).last().extracting(Rebalance::outcome).isEqualTo(Rebalance.Outcome.SUPERSEDED);
        assertThat(again.generation()).isEqualTo(2);
    }

    @Test
    void rejoiningWithoutChange() {
        JoinResult first = rig.stableSingle();
        CompletableFuture<JoinResult> second = rig.joinNew("c2", "range");
        JoinResult again = rig.join("c1", first.memberId(), "range").join();
        // In CompletingRebalance the same generation is told once more.
        assertThat(rig.join("c2", second.join().memberId(), "range").join().generation())
                .isEqualTo(2);
        rig.sync(again, Map.of());
        assertThat(rig.join("c2", second.join().memberId(), "range").join().generation())
                .isEqualTo(2);
        assertThat(rig.state()).isEqualTo(GroupState.STABLE);
        CompletableFuture<JoinResult> leader = rig.join("c1", first.memberId(), "range");
        assertThat(leader).isNotDone();
        assertThat(rig.state()).isEqualTo(GroupState.PREPARING_REBALANCE);
        rig.join("c2", second.join().memberId(), "range");
        rig.sync(leader.join(), Map.of());
        assertThat(rig.lastRebalance().triggers())
                .extracting(Trigger::kind)
                .containsExactly(Trigger.Kind.LEADER_REJOINED);
    }

    @Test
    void triggersTellWhatIsNew() {
        JoinResult first = rig.stableSingle();
        JoinResult changed = rig.join("c1", first.memberId(), "range=a,b").join();
        rig.sync(changed, Map.of());
        assertThat(rig.lastRebalance().triggers().get(0).kind()).isEqualTo(Trigger.Kind.SUBSCRIPTION_CHANGED);
        assertThat(rig.lastRebalance().triggers().get(0).detail()).contains("added [b]");
        rig.topics.with("b", 6);
        rig.coordinator.topicsChanged();
        rig.sync(rig.join("c1", first.memberId(), "range=a,b").join(), Map.of());
        assertThat(rig.lastRebalance().triggers().get(0).kind()).isEqualTo(Trigger.Kind.TOPICS_CHANGED);
        assertThat(rig.lastRebalance().triggers().get(0).detail()).isEqualTo("b has 6 partitions, not 2");
    }

    @Test
    void leavingStartsARebalanceWithItsReason() {
        JoinResult first = rig.stableSingle();
        CompletableFuture<JoinResult> second = rig.joinNew("c2", "range");
        JoinResult again = rig.join("c1", first.memberId(), "range").join();
        rig.sync(again, Map.of());
        assertThat(rig.leave(second.join().memberId(), null, "consumer poll timeout has expired."))
                .isEqualTo(GroupError.NONE);
        assertThat(rig.state()).isEqualTo(GroupState.PREPARING_REBALANCE);
        rig.sync(rig.join("c1", first.memberId(), "range").join(), Map.of());
        Trigger trigger = rig.lastRebalance().triggers().get(0);
        assertThat(trigger.kind()).isEqualTo(Trigger.Kind.LEFT);
        assertThat(trigger.reason()).isEqualTo("consumer poll timeout has expired.");
        assertThat(rig.leave(first.memberId(), null, "member was removed by an admin: tidy up"))
                .isEqualTo(GroupError.NONE);
        assertThat(rig.state()).isEqualTo(GroupState.EMPTY);
        assertThat(rig.lastRebalance().triggers().get(0).kind()).isEqualTo(Trigger.Kind.ADMIN_REMOVED);
    }

    @Test
    void aPendingMemberHoldsUpTheGenerationUntilItsSessionEnds() {
        JoinResult first = rig.stableSingle();
        JoinResult pending = rig.join("c2", "", "range").join();
        CompletableFuture<JoinResult> again = rig.join("c1", first.memberId(), "range");
        assertThat(again).isNotDone();
        rig.advanceSeconds(10);
        assertThat(again.join().generation()).isEqualTo(2);
        assertThat(rig.join("c2", pending.memberId(), "range").join().error()).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aPendingMemberMayLeave() {
        JoinResult pending = rig.join("c2", "", "range").join();
        assertThat(rig.leave(pending.memberId(), null, null)).isEqualTo(GroupError.NONE);
        assertThat(rig.coordinator.describe("g")).isEmpty();
    }

    @Test
    void aGroupThatNobodyGotIntoLeavesNoTrace() {
        assertThat(rig.join("c", "", "range").join().error()).isEqualTo(GroupError.MEMBER_ID_REQUIRED);
        assertThat(rig.coordinator.describe("g")).isPresent();
        rig.advanceSeconds(10);
        assertThat(rig.coordinator.describe("g")).isEmpty();
    }

    @Test
    void theSecondPhaseOfACooperativeRebalanceShows() {
        JoinResult first = rig.stableSingle();
        CompletableFuture<JoinResult> second = rig.joinNew("c2", "range");
        JoinResult again =
                rig.join("c1", first.memberId(), "range=a;a-0,a-1,a-2,a-3").join();
        rig.sync(again, Map.of(again.memberId(), "a-0,a-1"));
        rig.sync(second.join(), Map.of());
        rig.advance(Duration.ofMillis(20));
        CompletableFuture<JoinResult> third = rig.join("c1", first.memberId(), "range=a;a-0,a-1");
        rig.join("c2", second.join().memberId(), "range=a;");
        rig.sync(third.join(), Map.of(again.memberId(), "a-0,a-1", second.join().memberId(), "a-2,a-3"));
        Rebalance rebalance = rig.lastRebalance();
        assertThat(rebalance.durationMillis()).isZero();
        Evidence evidence = Objects.requireNonNull(rebalance.triggers().get(0).evidence());
        assertThat(evidence.ownedPartitions()).isEqualTo(2);
        assertThat(evidence.ownedPartitionsBefore()).isEqualTo(4);
        assertThat(evidence.sinceSyncMillis()).isEqualTo(20);
        assertThat(rebalance.members()).extracting(RebalanceMember::ownedBefore).containsExactly(2, 0);
    }

    @Test
    void aNewMemberWaitsFiveMinutesAtMost() {
        JoinRequest slow = Rig.joinRequest("c1", "", "i1", "range");
        slow = new JoinRequest(
                slow.client(),
                "g",
                "",
                "i1",
                Rig.SESSION,
                Duration.ofHours(1),
                "consumer",
                slow.protocols(),
                null,
                true,
                true);
        JoinResult first = rig.coordinator.join(slow).join();
        rig.sync(first, "i1", Map.of());
        CompletableFuture<JoinResult> second = rig.joinNew("c2", "range");
        for (int i = 0; i < 60; i++) {
            rig.advanceSeconds(5);
            rig.heartbeat(first.memberId(), "i1", 1);
        }
        assertThat(second.join().error()).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
    }

    @Test
    void theGroupHasAMaximumSize() {
        use(GroupOptions.defaults().membersMax(1));
        JoinResult first = rig.stableSingle();
        assertThat(rig.joinStatic("c2", "", "i", "range").join().error()).isEqualTo(GroupError.GROUP_MAX_SIZE_REACHED);
        assertThat(rig.heartbeat(first)).isEqualTo(GroupError.NONE);
    }

    @Test
    void aStaticMemberComesBackWithoutARebalance() {
        JoinResult first = rig.joinStatic("c1", "", "i1", "range").join();
        rig.sync(first, "i1", Map.of(first.memberId(), "a-0"));
        JoinResult again = rig.joinStatic("c1", "", "i1", "range").join();
        assertThat(again.error()).isEqualTo(GroupError.NONE);
        assertThat(again.generation()).isEqualTo(1);
        assertThat(again.memberId()).isNotEqualTo(first.memberId());
        assertThat(again.skipAssignment()).isTrue();
        assertThat(again.leader()).isEqualTo(again.memberId());
        assertThat(TextDecoder.text(rig.sync(again, "i1", Map.of()).join().assignment()))
                .isEqualTo("a-0");
        assertThat(rig.heartbeat(first.memberId(), "i1", 1)).isEqualTo(GroupError.FENCED_INSTANCE_ID);
        assertThat(rig.heartbeat(first.memberId(), "i1", 1)).isEqualTo(GroupError.FENCED_INSTANCE_ID);
        assertThat(rig.heartbeat(again.memberId(), "i2", 1)).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.rebalances())
                .extracting(each -> each.triggers().get(0).kind())
                .containsExactly(
                        Trigger.Kind.MEMBER_JOINED_NEW,
                        Trigger.Kind.STATIC_MEMBER_REPLACED,
                        Trigger.Kind.STATIC_MEMBER_FENCED);
        rig.crash();
        assertThat(rig.heartbeat(again.memberId(), "i1", 1)).isEqualTo(GroupError.NONE);
        assertThat(rig.heartbeat(first.memberId(), "i1", 1)).isEqualTo(GroupError.FENCED_INSTANCE_ID);
    }

    @Test
    void aStaticMemberWithOtherProtocolsRebalances() {
        JoinResult first = rig.joinStatic("c1", "", "i1", "range").join();
        rig.sync(first, "i1", Map.of(first.memberId(), "a-0"));
        JoinResult again = rig.joinStatic("c1", "", "i1", "sticky").join();
        // The only member's protocols are the common ones, so it must offer one of them.
        assertThat(again.error()).isEqualTo(GroupError.INCONSISTENT_GROUP_PROTOCOL);
        again = rig.joinStatic("c1", "", "i1", "sticky", "range").join();
        assertThat(again.generation()).isEqualTo(2);
        assertThat(again.protocolName()).isEqualTo("sticky");
    }

    @Test
    void aStaticMemberIsReplacedWhileItWaits() {
        JoinResult first = rig.stableSingle();
        CompletableFuture<JoinResult> waiting = rig.joinStatic("c2", "", "i1", "range");
        CompletableFuture<JoinResult> other = rig.joinStatic("c3", "", "i1", "range");
        assertThat(waiting.join().error()).isEqualTo(GroupError.FENCED_INSTANCE_ID);
        rig.join("c1", first.memberId(), "range");
        assertThat(other.join().generation()).isEqualTo(2);
    }

    @Test
    void aStaticMemberIsRemovedByItsInstance() {
        JoinResult first = rig.joinStatic("c1", "", "i1", "range").join();
        rig.sync(first, "i1", Map.of());
        assertThat(rig.leave("other", "i1", null)).isEqualTo(GroupError.FENCED_INSTANCE_ID);
        assertThat(rig.leave("", "i2", null)).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.leave("", "i1", null)).isEqualTo(GroupError.NONE);
        assertThat(rig.state()).isEqualTo(GroupState.EMPTY);
        assertThat(rig.lastRebalance().triggers().get(0).kind()).isEqualTo(Trigger.Kind.ADMIN_REMOVED);
    }

    @Test
    void severalMembersLeaveAtOnce() {
        JoinResult first = rig.stableSingle();
        LeaveResult result = rig.coordinator.leave(new LeaveRequest(
                Rig.client("c"),
                "g",
                List.of(
                        new LeaveRequest.Leaving(first.memberId(), null, null),
                        new LeaveRequest.Leaving("nobody", null, null))));
        assertThat(result.members())
                .extracting(LeaveResult.Left::error)
                .containsExactly(GroupError.NONE, GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.state()).isEqualTo(GroupState.EMPTY);
    }

    @Test
    void theFirstGenerationMayWaitForMore() {
        use(GroupOptions.defaults().initialRebalanceDelay(Duration.ofSeconds(3)));
        CompletableFuture<JoinResult> first = rig.joinNew("c1", "range");
        rig.advanceSeconds(2);
        CompletableFuture<JoinResult> second = rig.joinNew("c2", "range");
        rig.advanceSeconds(1);
        assertThat(first).isNotDone();
        rig.advanceSeconds(3);
        assertThat(first.join().generation()).isEqualTo(1);
        assertThat(second.join().generation()).isEqualTo(1);
    }

    @Test
    void commitsAreChecked() {
        assertThat(rig.commit("", null, -1, false, 9)).isEqualTo(GroupError.NONE);
        assertThat(rig.commit("m", null, 1, false, 9)).isEqualTo(GroupError.GROUP_ID_NOT_FOUND);
        assertThat(rig.commit("m", null, 1, false, 8)).isEqualTo(GroupError.ILLEGAL_GENERATION);
        assertThat(rig.commit("m", null, 1, true, 9)).isEqualTo(GroupError.ILLEGAL_GENERATION);
        JoinResult joined = rig.joinNew("c1", "range").join();
        assertThat(rig.commit(joined.memberId(), null, 1, false, 9)).isEqualTo(GroupError.REBALANCE_IN_PROGRESS);
        assertThat(rig.commit(joined.memberId(), null, 1, true, 3)).isEqualTo(GroupError.NONE);
        rig.sync(joined, Map.of());
        assertThat(rig.commit(joined.memberId(), null, 1, false, 9)).isEqualTo(GroupError.NONE);
        assertThat(rig.commit(joined.memberId(), null, 2, false, 9)).isEqualTo(GroupError.ILLEGAL_GENERATION);
        assertThat(rig.commit("other", null, 1, false, 9)).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.commit("", null, -1, false, 9)).isEqualTo(GroupError.UNKNOWN_MEMBER_ID);
        assertThat(rig.commit("", null, -1, true, 3)).isEqualTo(GroupError.NONE);
        rig.leave(joined.memberId(), null, null);
        assertThat(rig.commit("", null, -1, false, 9)).isEqualTo(GroupError.NONE);
    }

    @Test
    void deletingAndListing() {
        JoinResult joined = rig.stableSingle();
        assertThat(rig.coordinator.delete("g")).isEqualTo(GroupError.NON_EMPTY_GROUP);
        assertThat(rig.coordinator.delete("other")).isEqualTo(GroupError.GROUP_ID_NOT_FOUND);
        assertThat(rig.coordinator.list(Set.of(GroupState.STABLE), Set.of(GroupType.CLASSIC)))
                .containsExactly(new GroupListing("g", GroupType.CLASSIC, "consumer", GroupState.STABLE));
        assertThat(rig.coordinator.list(Set.of(GroupState.EMPTY), Set.of())).isEmpty();
        assertThat(rig.coordinator.isSubscribed("g", "a")).isTrue();
        assertThat(rig.coordinator.isSubscribed("g", "b")).isFalse();
        assertThat(rig.coordinator.checkOffsetDelete("g")).isEqualTo(GroupError.NONE);
        assertThat(rig.coordinator.checkOffsetDelete("x")).isEqualTo(GroupError.GROUP_ID_NOT_FOUND);
        rig.leave(joined.memberId(), null, null);
        assertThat(rig.coordinator.delete("g")).isEqualTo(GroupError.NONE);
        assertThat(rig.state()).isEqualTo(GroupState.DEAD);
        rig.crash();
        assertThat(rig.state()).isEqualTo(GroupState.DEAD);
    }

    @Test
    void groupsWithOffsetsOnly() {
        rig.log.createTopic("a", TopicConfig.of(1));
        rig.log.commit(
                Commit.builder().offset("simple", new TopicPartition("a", 0), 0).build());
        assertThat(rig.coordinator.list(Set.of(), Set.of()))
                .containsExactly(new GroupListing("simple", GroupType.CLASSIC, "", GroupState.EMPTY));
        assertThat(rig.coordinator.describe("simple")).isPresent();
        assertThat(rig.coordinator.delete("simple")).isEqualTo(GroupError.NONE);
        assertThat(rig.coordinator.checkOffsetDelete("simple")).isEqualTo(GroupError.NONE);
    }

    @Test
    void nobodyRejoinsAfterARestart() {
        JoinResult first = rig.stableSingle();
        CompletableFuture<JoinResult> second = rig.joinNew("c2", "range");
        JoinResult again = rig.join("c1", first.memberId(), "range").join();
        rig.crash();
        // The generation was told to its members, so it is there; its leader had not assigned yet.
        assertThat(rig.state()).isEqualTo(GroupState.COMPLETING_REBALANCE);
        assertThat(rig.sync(again, Map.of(again.memberId(), "a-0", second.join().memberId(), "a-1"))
                        .join()
                        .error())
                .isEqualTo(GroupError.NONE);
        assertThat(rig.lastRebalance().triggers())
                .extracting(Trigger::kind)
                .containsExactly(Trigger.Kind.COORDINATOR_RELOADED);
        rig.crash();
        assertThat(rig.state()).isEqualTo(GroupState.STABLE);
        assertThat(rig.heartbeat(again)).isEqualTo(GroupError.NONE);
        assertThat(TextDecoder.text(rig.sync(second.join(), Map.of()).join().assignment()))
                .isEqualTo("a-1");
        rig.advanceSeconds(11);
        assertThat(rig.state()).isEqualTo(GroupState.EMPTY);
    }

    @Test
    void nothingHappensThatCannotBeWritten() {
        JoinResult first = rig.stableSingle();
        rig.disk.failForceAt(1);
        JoinResult failed = rig.join("c1", first.memberId(), "range").join();
        assertThat(failed.error()).isEqualTo(GroupError.COORDINATOR_NOT_AVAILABLE);
        assertThat(rig.state()).isEqualTo(GroupState.PREPARING_REBALANCE);
        assertThat(rig.rebalances()).hasSize(1);
        rig.crash();
        // What a failed sync leaves on the disk is a matter of luck.
        assertThat(rig.heartbeat(first)).isIn(GroupError.NONE, GroupError.ILLEGAL_GENERATION);
    }

    @Test
    void callsAreMadeOnOneThread() throws Exception {
        rig.stableSingle();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread other = new Thread(() -> {
            try {
                rig.coordinator.describe("g");
            } catch (IllegalStateException e) {
                thrown.complete(e);
            }
        });
        other.start();
        other.join();
        assertThat(thrown.join()).hasMessageContaining("one thread");
    }

    @Test
    void closingAnswersThoseWhoWait() {
        rig.stableSingle();
        CompletableFuture<JoinResult> waiting = rig.joinNew("c2", "range");
        rig.coordinator.close();
        assertThat(waiting.join().error()).isEqualTo(GroupError.COORDINATOR_NOT_AVAILABLE);
        assertThat(rig.timers.size()).isZero();
        assertThat(rig.join("c3", "", "range").join().error()).isEqualTo(GroupError.COORDINATOR_NOT_AVAILABLE);
        assertThatThrownBy(() -> GroupOptions.defaults().membersMax(0)).hasMessageContaining("membersMax");
    }

    @Test
    void fetchesAreEvidence() {
        JoinResult joined = rig.stableSingle();
        for (int i = 0; i < 200; i++) {
            rig.advance(Duration.ofMillis(i == 100 ? 5_000 : 50));
            rig.heartbeat(joined);
            rig.coordinator.memberActivity(new ClientActivity(
                    ClientActivity.Kind.FETCH, "any", "/10.0.0.1", "fetcher", rig.timers.clock.instant(), null));
        }
        ClassicGroupDescription group =
                (ClassicGroupDescription) rig.coordinator.describe("g").orElseThrow();
        MemberStatistics statistics = group.members().get(0).statistics();
        assertThat(statistics.fetches()).isEqualTo(200);
        assertThat(statistics.fetchGapMax()).isEqualTo(Duration.ofSeconds(5));
        assertThat(statistics.fetchGapP99()).isBetween(Duration.ofMillis(50), Duration.ofMillis(70));
        assertThat(statistics.heartbeats()).isEqualTo(200);
    }
}
