package io.tidemill.doctor;

import static io.tidemill.doctor.Journals.anonymous;
import static io.tidemill.doctor.Journals.evidence;
import static io.tidemill.doctor.Journals.member;
import static io.tidemill.doctor.Journals.withInstance;
import static io.tidemill.doctor.Journals.withTimeout;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.groups.Evidence;
import io.tidemill.groups.Rebalance;
import io.tidemill.groups.RebalanceMember;
import io.tidemill.groups.Trigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each cause from a journal that shows it, and the number that follows. */
class CausesTest {
    private final Journals journal = new Journals("orders");

    private static Finding first(Diagnosis diagnosis) {
        return diagnosis.findings().get(0);
    }

    private static Finding find(Diagnosis diagnosis, Cause cause) {
        return diagnosis.findings().stream()
                .filter(each -> each.cause() == cause)
                .findFirst()
                .orElseThrow(() -> new AssertionError(String.join("\n", diagnosis.lines(120))));
    }

    private static void assertCause(Diagnosis diagnosis, Cause cause, Confidence least) {
        assertThat(first(diagnosis).cause())
                .as(String.join("\n", diagnosis.lines(120)))
                .isEqualTo(cause);
        assertThat(first(diagnosis).confidence()).isGreaterThanOrEqualTo(least);
    }

    /** A member leaves because it does not poll, and is back {@code awaySeconds} later. */
    private void pollTimeouts(int times, double awaySeconds) {
        for (int i = 0; i < times; i++) {
            double at = 10 + 60.0 * i;
            journal.rebalance(
                    at,
                    journal.left(
                            at,
                            "worker-2",
                            "w2-" + i,
                            "consumer poll timeout has expired.",
                            evidence(900L, 30_000L, 31_000L, true)));
            journal.rebalance(at + awaySeconds, journal.joined(at + awaySeconds, "worker-2", "w2-" + (i + 1)));
        }
    }

    @Test
    void pollIntervalWithReason() {
        pollTimeouts(20, 12);

        Diagnosis diagnosis = journal.diagnosis();

        assertCause(diagnosis, Cause.POLL_INTERVAL_EXCEEDED, Confidence.HIGH);
        assertThat(first(diagnosis).rebalances()).isEqualTo(40);
        assertThat(first(diagnosis).incidents()).isEqualTo(20);
        assertThat(diagnosis.isHealthy()).isFalse();
        // 30 s until it left and 12 s more until it polled again: 42 s, and half as much again.
        assertThat(first(diagnosis).remedy())
                .isNotNull()
                .satisfies(remedy -> assertThat(remedy.settings())
                        .containsExactly(new Remedy.Setting("max.poll.interval.ms", "30000", "90000")));
        assertThat(diagnosis.offenders()).hasSize(1);
    }

    @Test
    void pollIntervalOfAConsumerGroupFromTheFetchGap() {
        journal.consumerType();
        for (int i = 0; i < 3; i++) {
            double at = 10 + 60 * i;
            journal.rebalance(at, journal.left(at, "worker-2", "same", null, evidence(900L, 30_100L, null, true)));
            journal.rebalance(at + 9, journal.joined(at + 9, "worker-2", "same"));
        }

        assertCause(journal.diagnosis(), Cause.POLL_INTERVAL_EXCEEDED, Confidence.HIGH);
    }

    @Test
    void pollIntervalOfLibrdkafkaFromTheLastCommitAlone() {
        journal.software("librdkafka");
        for (int i = 0; i < 4; i++) {
            double at = 10 + 60 * i;
            journal.rebalance(at, journal.left(at, "rdkafka", "r" + i, null, evidence(900L, 400L, 30_600L, true)));
            journal.rebalance(at + 5, journal.joined(at + 5, "rdkafka", "r" + (i + 1)));
        }

        Diagnosis diagnosis = journal.diagnosis();

        assertCause(diagnosis, Cause.POLL_INTERVAL_EXCEEDED, Confidence.MEDIUM);
        assertThat(first(diagnosis).alternatives()).contains(Cause.ROLLING_DEPLOY);
    }

    @Test
    void pollIntervalOfAStaticMemberThatStopsItsHeartbeats() {
        for (int i = 0; i < 3; i++) {
            journal.rebalance(
                    60 * i,
                    withInstance(
                            journal.expired(60 * i, "worker-2", "s" + i, evidence(10_000L, 40_000L, null, true)),
                            "id-2"));
        }

        assertCause(journal.diagnosis(), Cause.POLL_INTERVAL_EXCEEDED, Confidence.HIGH);
    }

    @Test
    void aStallIsNotACrash() {
        for (int i = 0; i < 3; i++) {
            double at = 60 * i;
            journal.rebalance(at, journal.expired(at, "worker-2", "s" + i, evidence(10_000L, 10_100L, null, true)));
            journal.rebalance(at + 4, journal.joined(at + 4, "worker-2", "s" + (i + 1)));
        }

        Diagnosis diagnosis = journal.diagnosis();

        assertCause(diagnosis, Cause.SESSION_STALL, Confidence.HIGH);
        // 10 s of silence until the expiry, 4 s until it was back, and half as much again.
        assertThat(find(diagnosis, Cause.SESSION_STALL).remedy())
                .isNotNull()
                .satisfies(remedy -> assertThat(remedy.settings())
                        .containsExactly(new Remedy.Setting("session.timeout.ms", "10000", "25000")));
    }

    @Test
    void aCrashIsNotAStall() {
        journal.rebalance(5, journal.expired(5, "worker-2", "s", evidence(10_000L, 10_100L, null, false)));

        assertCause(journal.diagnosis(), Cause.CRASH, Confidence.HIGH);
    }

    @Test
    void withoutWordOfTheConnectionBothArePossible() {
        journal.rebalance(5, journal.expired(5, "worker-2", "s", evidence(10_000L, 10_100L, null, null)));

        Diagnosis diagnosis = journal.diagnosis();

        assertThat(first(diagnosis).confidence()).isEqualTo(Confidence.LOW);
        assertThat(first(diagnosis).alternatives()).containsExactly(Cause.CRASH);
    }

    @Test
    void kafkajsDoesNotBeatWhileItProcesses() {
        journal.software("").protocol("RoundRobinAssigner");
        journal.rebalance(5, journal.expired(5, "billing", "s", evidence(10_000L, 10_100L, null, true)));
        journal.rebalance(12, journal.joined(12, "billing", "s2"));

        Diagnosis diagnosis = journal.diagnosis();

        assertCause(diagnosis, Cause.SESSION_STALL, Confidence.HIGH);
        assertThat(String.join(" ", diagnosis.lines(100)))
                .contains("heartbeat()")
                .contains("kafkajs");
    }

    @Test
    void slowRevocation() {
        Evidence alive = evidence(500L, 30_000L, null, true);
        for (int i = 0; i < 2; i++) {
            double at = 100 * i;
            journal.rebalance(
                    at,
                    30_000,
                    journal.joined(at, "worker-new", "n" + i),
                    journal.trigger(Trigger.Kind.REBALANCE_TIMEOUT, at + 30, "worker-2", "s" + i, null, alive));
        }

        assertCause(journal.diagnosis(), Cause.SLOW_REBALANCE, Confidence.HIGH);
    }

    @Test
    void slowRevocationThatEndsInTheClientsOwnPollTimeout() {
        Evidence alive = evidence(500L, 30_100L, null, true);
        journal.consumerType()
                .rebalance(
                        10,
                        31_000,
                        journal.joined(10, "worker-new", "n"),
                        journal.left(40, "worker-2", "s", null, alive));

        assertCause(journal.diagnosis(), Cause.SLOW_REBALANCE, Confidence.HIGH);
    }

    @Test
    void aMemberThatWasBusyBeforeTheRebalanceBeganExceedsItsPollInterval() {
        Evidence busy = evidence(500L, 45_000L, null, true);
        journal.rebalance(
                10,
                30_000,
                journal.joined(10, "worker-new", "n"),
                journal.trigger(Trigger.Kind.REBALANCE_TIMEOUT, 40, "worker-2", "s", null, busy));

        assertCause(journal.diagnosis(), Cause.POLL_INTERVAL_EXCEEDED, Confidence.MEDIUM);
    }

    @Test
    void staticIdRefusedOrTakenFromALivingProcess() {
        journal.consumerType()
                .rebalance(
                        5,
                        withInstance(
                                journal.trigger(Trigger.Kind.STATIC_MEMBER_FENCED, 5, "worker", "b", null, null),
                                "id-1"));
        assertCause(journal.diagnosis(), Cause.STATIC_ID_REUSED, Confidence.HIGH);

        Journals classic = new Journals("orders");
        for (int i = 0; i < 4; i++) {
            classic.rebalance(
                    i,
                    withInstance(
                            classic.trigger(
                                    Trigger.Kind.STATIC_MEMBER_REPLACED,
                                    i,
                                    "worker",
                                    "b" + i,
                                    null,
                                    evidence(100L, 100L, null, true)),
                            "id-1"));
        }
        assertCause(classic.diagnosis(), Cause.STATIC_ID_REUSED, Confidence.HIGH);
    }

    @Test
    void aStaticMembersRestartIsWhatStaticIdsAreFor() {
        journal.rebalance(
                5,
                withInstance(
                        journal.trigger(
                                Trigger.Kind.STATIC_MEMBER_REPLACED,
                                5,
                                "worker",
                                "b",
                                null,
                                evidence(4_000L, 4_000L, null, false)),
                        "id-1"));

        assertThat(journal.diagnosis().isHealthy()).isTrue();
        assertCause(journal.diagnosis(), Cause.MEMBERS_STARTED_OR_STOPPED, Confidence.LOW);
    }

    @Test
    void topicsChangedOnceAndOften() {
        journal.rebalance(5, anonymous(Trigger.Kind.TOPICS_CHANGED, 5, "orders: 3 partitions became 6"));
        assertCause(journal.diagnosis(), Cause.TOPICS_CHANGED, Confidence.HIGH);
        assertThat(journal.diagnosis().isHealthy()).isTrue();

        for (int i = 1; i < 9; i++) {
            journal.rebalance(60 * i, anonymous(Trigger.Kind.TOPICS_CHANGED, 60 * i, null));
        }
        assertThat(journal.diagnosis().isHealthy()).isFalse();
    }

    @Test
    void topicsChangedAsTheClientTellsIt() {
        journal.rebalance(
                5, journal.rejoined(5, "worker-1", "a", "cached metadata has changed from (version5) to (6)"));

        assertCause(journal.diagnosis(), Cause.TOPICS_CHANGED, Confidence.HIGH);
    }

    @Test
    void subscriptionChangedAndStillDifferent() {
        journal.members(member("worker-1", 2, "orders"), member("worker-2", 2, "orders", "returns"));
        journal.rebalance(
                5, journal.trigger(Trigger.Kind.SUBSCRIPTION_CHANGED, 5, "worker-2", "m-worker-2", null, null));

        Diagnosis diagnosis = journal.diagnosis();

        assertCause(diagnosis, Cause.SUBSCRIPTIONS_DIFFER, Confidence.HIGH);
        assertThat(diagnosis.isHealthy()).isFalse();
    }

    @Test
    void unrelatedApplicationsShareTheGroup() {
        journal.members(
                member("billing-1", 2, "invoices"),
                member("billing-2", 2, "invoices"),
                member("search-1", 4, "clicks"));
        for (int i = 0; i < 3; i++) {
            double at = 600 * i;
            journal.rebalance(
                    at,
                    journal.left(at, "search-1", "s" + i, "the consumer is being closed", evidence(1L, 1L, 1L, true)));
            journal.rebalance(at + 20, journal.joined(at + 20, "search-1", "s" + (i + 1)));
        }

        assertCause(journal.diagnosis(), Cause.SHARED_GROUP, Confidence.HIGH);
    }

    @Test
    void coordinatorRestarted() {
        journal.members(member("worker-1", 2, "orders"));
        Evidence unseen =
                new Evidence(null, null, null, null, null, null, null, 0, 0, 0, null, 10_000, 30_000, null, 2, 2);
        journal.rebalance(
                5,
                anonymous(Trigger.Kind.COORDINATOR_RELOADED, 4, null),
                journal.expired(15, "worker-1", "m-worker-1", unseen));

        assertCause(journal.diagnosis(), Cause.COORDINATOR_RESTARTED, Confidence.HIGH);
        assertThat(journal.diagnosis().isHealthy()).isTrue();
    }

    @Test
    void afterARestartARealCauseIsStillSeen() {
        journal.members(member("worker-1", 2, "orders"));
        journal.rebalance(
                5,
                anonymous(Trigger.Kind.COORDINATOR_RELOADED, 4, null),
                journal.left(
                        5,
                        "worker-1",
                        "m-worker-1",
                        "consumer poll timeout has expired.",
                        evidence(1L, 30_000L, null, true)));

        assertCause(journal.diagnosis(), Cause.POLL_INTERVAL_EXCEEDED, Confidence.HIGH);
    }

    @Test
    void secondPhaseIsBenign() {
        journal.protocol("cooperative-sticky");
        journal.rebalance(5, journal.joined(5, "worker-3", "c"));
        journal.rebalance(6.5, journal.rejoined(6.5, "worker-1", "a", "need to revoke partitions and re-join"));
        journal.rebalance(8, journal.rejoined(8, "worker-2", "b", null));

        Diagnosis diagnosis = journal.diagnosis();

        assertThat(diagnosis.isHealthy()).isTrue();
        assertThat(find(diagnosis, Cause.COOPERATIVE_FOLLOW_UP).rebalances()).isEqualTo(2);
        assertThat(diagnosis.lines(100).get(0)).isEqualTo("orders: nothing wrong.");
    }

    private void deploy(double start, String generation, String next) {
        for (int i = 1; i <= 3; i++) {
            double at = start + 40 * i;
            String client = "worker-" + i;
            journal.rebalance(
                    at,
                    journal.left(
                            at,
                            client,
                            client + generation,
                            "the consumer is being closed",
                            evidence(1L, 1L, 1L, true)));
            journal.rebalance(at + 15, journal.joined(at + 15, client, client + next));
        }
    }

    private void threeWorkers() {
        journal.members(
                member("worker-1", 2, "orders"), member("worker-2", 2, "orders"), member("worker-3", 2, "orders"));
    }

    @Test
    void rollingDeploy() {
        threeWorkers();
        deploy(100, "old", "new");

        Diagnosis diagnosis = journal.diagnosis();

        assertCause(diagnosis, Cause.ROLLING_DEPLOY, Confidence.HIGH);
        assertThat(first(diagnosis).rebalances()).isEqualTo(6);
        assertThat(diagnosis.isHealthy()).isTrue();
        assertThat(String.join(" ", diagnosis.lines(100))).contains("group.instance.id");
    }

    @Test
    void churn() {
        threeWorkers();
        for (int i = 0; i < 10; i++) {
            double at = 100 + 60 * i;
            journal.rebalance(at, journal.joined(at, "job", "j" + i));
            journal.rebalance(
                    at + 30,
                    journal.left(at + 30, "job", "j" + i, "the consumer is being closed", evidence(1L, 1L, 1L, true)));
        }

        Diagnosis diagnosis = journal.diagnosis();

        assertCause(diagnosis, Cause.CHURN, Confidence.HIGH);
        assertThat(first(diagnosis).evidence()).anyMatch(each -> each.contains("median of 30 s"));
    }

    @Test
    void scalingUpAndDownIsBenign() {
        threeWorkers();
        journal.rebalance(5, journal.joined(5, "worker-4", "d"));
        journal.rebalance(
                3_000,
                journal.left(3_000, "worker-4", "d", "the consumer is being closed", evidence(1L, 1L, 1L, true)));

        assertThat(journal.diagnosis().isHealthy()).isTrue();
        assertCause(journal.diagnosis(), Cause.MEMBERS_STARTED_OR_STOPPED, Confidence.LOW);
    }

    @Test
    void membersWithoutWork() {
        journal.members(member("a", 1, "orders"), member("b", 1, "orders"), member("c", 0, "orders"))
                .rebalance(5, journal.joined(5, "c", "m-c"));

        Diagnosis diagnosis = journal.diagnosis();

        assertThat(find(diagnosis, Cause.MEMBERS_WITHOUT_WORK).summary()).startsWith("1 of 3 members");
        assertThat(diagnosis.isHealthy()).isTrue();
    }

    @Test
    void membersWithoutWorkInTheGroupAsItIsNow() {
        GroupSnapshot snapshot = new GroupSnapshot(
                "STABLE",
                List.of(
                        new GroupSnapshot.Member("a", null, "a", "/h", 2, List.of("orders")),
                        new GroupSnapshot.Member("b", null, "b", "/h", 0, List.of())),
                1);

        Diagnosis diagnosis = RebalanceDoctor.diagnose(journal.observations().snapshot(snapshot));
        assertThat(diagnosis.findings()).isEmpty();

        GroupSnapshot idle = new GroupSnapshot(
                "STABLE",
                List.of(
                        new GroupSnapshot.Member("a", null, "a", "/h", 1, List.of("orders")),
                        new GroupSnapshot.Member("b", null, "b", "/h", 0, List.of())),
                1);
        assertCause(
                RebalanceDoctor.diagnose(journal.observations().snapshot(idle)),
                Cause.MEMBERS_WITHOUT_WORK,
                Confidence.HIGH);
    }

    @Test
    void mixedCausesAreCountedApart() {
        threeWorkers();
        pollTimeouts(56, 8);
        deploy(3_430, "old", "new");

        Diagnosis diagnosis = journal.diagnosis();

        assertThat(diagnosis.rebalances()).isEqualTo(118);
        assertCause(diagnosis, Cause.POLL_INTERVAL_EXCEEDED, Confidence.HIGH);
        assertThat(first(diagnosis).rebalances()).isEqualTo(112);
        assertThat(find(diagnosis, Cause.ROLLING_DEPLOY).rebalances()).isEqualTo(6);
        assertThat(String.join("\n", diagnosis.lines(100)))
                .contains("112 of 118")
                .contains("Not the cause: session timeouts with the connection open 0");
    }

    @Test
    void aSettingThatWasChangedIsComparedBeforeAndAfter() {
        RebalanceMember before = member("worker-2", 2, "orders");
        journal.members(before);
        pollTimeouts(10, 8);
        journal.members(withTimeout(before, 90_000)).rebalance(700, journal.joined(700, "worker-9", "x"));

        Diagnosis diagnosis = journal.diagnosis();

        assertThat(find(diagnosis, Cause.POLL_INTERVAL_EXCEEDED).severity()).isEqualTo(Severity.NOTICE);
        assertThat(find(diagnosis, Cause.POLL_INTERVAL_EXCEEDED).evidence())
                .anyMatch(each -> each.contains("30000 to 90000") && each.contains("it helped"));
        assertThat(diagnosis.isHealthy()).isTrue();
    }

    @Test
    void aStormNamesWhatBeganIt() {
        threeWorkers();
        Evidence busy = evidence(500L, 30_000L, null, true);
        journal.rebalance(
                10,
                30_000,
                journal.left(10, "worker-2", "a", "consumer poll timeout has expired.", busy),
                journal.trigger(Trigger.Kind.REBALANCE_TIMEOUT, 40, "worker-10", "b", null, busy),
                journal.trigger(Trigger.Kind.REBALANCE_TIMEOUT, 40, "worker-300", "c", null, busy));

        Diagnosis diagnosis = journal.diagnosis();

        assertCause(diagnosis, Cause.POLL_INTERVAL_EXCEEDED, Confidence.HIGH);
        assertThat(first(diagnosis).evidence())
                .anyMatch(each -> each.contains("storms: once") && each.contains("(2 in all)"));
    }

    @Test
    void noEntriesNoFindings() {
        Diagnosis diagnosis = journal.diagnosis();

        assertThat(diagnosis.isHealthy()).isTrue();
        assertThat(diagnosis.findings()).isEmpty();
        assertThat(diagnosis.lines(80))
                .containsExactly("orders: nothing wrong.", "No rebalance in the last 60 min (until 15:00:00 UTC).");
    }

    @Test
    void aGroupThatStartsIsHealthy() {
        journal.rebalance(1, journal.joined(1, "worker-1", "a"));
        journal.rebalance(2, journal.joined(2, "worker-2", "b"), journal.joined(2.5, "worker-3", "c"));

        Diagnosis diagnosis = journal.diagnosis();

        assertThat(diagnosis.isHealthy()).isTrue();
        assertThat(diagnosis.lines(80).get(0)).isEqualTo("orders: nothing wrong.");
    }

    @Test
    void otherGroupsAndOtherTimesDoNotMatter() {
        pollTimeouts(3, 8);
        List<Rebalance> own = List.copyOf(journal.entries);
        List<Rebalance> all = new ArrayList<>(own);
        Journals other = new Journals("other");
        other.rebalance(5, other.joined(5, "x", "y"));
        journal.rebalance(-7_200, journal.joined(-7_200, "x", "y"));
        all.addAll(other.entries);
        all.addAll(journal.entries.subList(own.size(), journal.entries.size()));

        assertThat(RebalanceDoctor.diagnose(Observations.of("orders", all, Duration.ofHours(1), Journals.NOW)))
                .isEqualTo(RebalanceDoctor.diagnose(Observations.of("orders", own, Duration.ofHours(1), Journals.NOW)));
    }
}
