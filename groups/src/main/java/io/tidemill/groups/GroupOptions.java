package io.tidemill.groups;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How a coordinator works.
 *
 * @param groupsMax how many groups there may be; a further one gets {@code COORDINATOR_NOT_AVAILABLE}
 * @param membersMax how many members a group may have; a further one gets {@code GROUP_MAX_SIZE_REACHED}
 * @param sessionTimeoutMin what a classic member may ask for
 * @param sessionTimeoutMax likewise
 * @param initialRebalanceDelay how long the first generation of an empty classic group waits for more members. Kafka's
 *     default is 3 s; ours is zero, because most of our groups are small and start quickly
 * @param consumerSessionTimeout of members of consumer groups
 * @param consumerHeartbeatInterval that members of consumer groups are told
 * @param consumerAssignmentInterval the least time between two target assignments of a consumer group. Kafka's default is 1 s; ours
 *     is zero: every change is assigned at once
 * @param metadataBytesMax what the protocols of one classic member, or the subscription of a KIP-848 member, may take; also an
 *     assignment
 * @param protocolsMax how many protocols a member may offer
 * @param idCharsMax the longest group, member, instance, client or topic id
 */
public record GroupOptions(
        int groupsMax,
        int membersMax,
        Duration sessionTimeoutMin,
        Duration sessionTimeoutMax,
        Duration initialRebalanceDelay,
        Duration consumerSessionTimeout,
        Duration consumerHeartbeatInterval,
        Duration consumerAssignmentInterval,
        int metadataBytesMax,
        int protocolsMax,
        int idCharsMax) {
    /** How many rebalances a group remembers in memory. */
    public static final int REBALANCES_KEPT_MAX = 100;

    public GroupOptions {
        List<String> mistakes = new ArrayList<>();
        require(groupsMax > 0, "groupsMax is 1 or more, not " + groupsMax, mistakes);
        require(membersMax > 0 && membersMax <= 10_000, "membersMax is 1 to 10000, not " + membersMax, mistakes);
        require(positive(sessionTimeoutMin), "sessionTimeoutMin is more than zero, not " + sessionTimeoutMin, mistakes);
        require(
                sessionTimeoutMax.compareTo(sessionTimeoutMin) >= 0,
                "sessionTimeoutMax is at least sessionTimeoutMin, not " + sessionTimeoutMax,
                mistakes);
        require(
                !initialRebalanceDelay.isNegative(),
                "initialRebalanceDelay is zero or more, not " + initialRebalanceDelay,
                mistakes);
        require(
                positive(consumerHeartbeatInterval),
                "consumerHeartbeatInterval is more than zero, not " + consumerHeartbeatInterval,
                mistakes);
        require(
                consumerSessionTimeout.compareTo(consumerHeartbeatInterval) > 0,
                "consumerSessionTimeout is more than consumerHeartbeatInterval, not " + consumerSessionTimeout,
                mistakes);
        require(
                !consumerAssignmentInterval.isNegative(),
                "consumerAssignmentInterval is zero or more, not " + consumerAssignmentInterval,
                mistakes);
        require(
                metadataBytesMax > 0 && metadataBytesMax <= 8 << 20,
                "metadataBytesMax is 1 to 8 MiB, not " + metadataBytesMax,
                mistakes);
        require(protocolsMax > 0 && protocolsMax <= 1000, "protocolsMax is 1 to 1000, not " + protocolsMax, mistakes);
        require(idCharsMax >= 64 && idCharsMax <= 32_767, "idCharsMax is 64 to 32767, not " + idCharsMax, mistakes);
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
    }

    private static void require(boolean holds, String mistake, List<String> mistakes) {
        if (!holds) {
            mistakes.add(mistake);
        }
    }

    private static boolean positive(Duration duration) {
        return !duration.isNegative() && !duration.isZero();
    }

    /** 100,000 groups of 1,000 members; timeouts as in Kafka, but no initial rebalance delay. */
    public static GroupOptions defaults() {
        return new GroupOptions(
                100_000,
                1_000,
                Duration.ofSeconds(6),
                Duration.ofMinutes(30),
                Duration.ZERO,
                Duration.ofSeconds(45),
                Duration.ofSeconds(5),
                Duration.ZERO,
                512 << 10,
                32,
                1_024);
    }

    public GroupOptions membersMax(int value) {
        return new GroupOptions(
                groupsMax,
                value,
                sessionTimeoutMin,
                sessionTimeoutMax,
                initialRebalanceDelay,
                consumerSessionTimeout,
                consumerHeartbeatInterval,
                consumerAssignmentInterval,
                metadataBytesMax,
                protocolsMax,
                idCharsMax);
    }

    public GroupOptions groupsMax(int value) {
        return new GroupOptions(
                value,
                membersMax,
                sessionTimeoutMin,
                sessionTimeoutMax,
                initialRebalanceDelay,
                consumerSessionTimeout,
                consumerHeartbeatInterval,
                consumerAssignmentInterval,
                metadataBytesMax,
                protocolsMax,
                idCharsMax);
    }

    public GroupOptions initialRebalanceDelay(Duration value) {
        return new GroupOptions(
                groupsMax,
                membersMax,
                sessionTimeoutMin,
                sessionTimeoutMax,
                value,
                consumerSessionTimeout,
                consumerHeartbeatInterval,
                consumerAssignmentInterval,
                metadataBytesMax,
                protocolsMax,
                idCharsMax);
    }

    /** What a classic member may ask for. */
    public GroupOptions sessionTimeouts(Duration min, Duration max) {
        return new GroupOptions(
                groupsMax,
                membersMax,
                min,
                max,
                initialRebalanceDelay,
                consumerSessionTimeout,
                consumerHeartbeatInterval,
                consumerAssignmentInterval,
                metadataBytesMax,
                protocolsMax,
                idCharsMax);
    }

    /** What members of consumer groups are told. */
    public GroupOptions consumerTimeouts(Duration session, Duration heartbeatInterval) {
        return new GroupOptions(
                groupsMax,
                membersMax,
                sessionTimeoutMin,
                sessionTimeoutMax,
                initialRebalanceDelay,
                session,
                heartbeatInterval,
                consumerAssignmentInterval,
                metadataBytesMax,
                protocolsMax,
                idCharsMax);
    }

    public GroupOptions consumerAssignmentInterval(Duration value) {
        return new GroupOptions(
                groupsMax,
                membersMax,
                sessionTimeoutMin,
                sessionTimeoutMax,
                initialRebalanceDelay,
                consumerSessionTimeout,
                consumerHeartbeatInterval,
                value,
                metadataBytesMax,
                protocolsMax,
                idCharsMax);
    }
}
