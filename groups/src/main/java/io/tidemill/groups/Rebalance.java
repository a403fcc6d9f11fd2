package io.tidemill.groups;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A finished or abandoned rebalance, as the journal holds it. Times are in milliseconds since the epoch. Lists are cut at
 * {@link #LISTED_MAX}; the counts beside them tell how many there were.
 *
 * @param v the format's version, {@link #VERSION}
 * @param generationBefore for a consumer group: the group epoch
 * @param generationAfter the same as before if the rebalance was abandoned before it made one
 * @param startedAt when its first trigger came
 * @param triggers why, in the order of arrival
 * @param membersBefore of the generation before
 * @param members of the generation after
 * @param joins when each member came; slowest last, those who never came at the end
 */
public record Rebalance(
        int v,
        String group,
        GroupType type,
        Outcome outcome,
        int generationBefore,
        int generationAfter,
        long startedAt,
        long endedAt,
        String protocolType,
        @Nullable String protocol,
        @Nullable String leader,
        List<Trigger> triggers,
        int triggerCount,
        List<RebalanceMember> membersBefore,
        int membersBeforeCount,
        List<RebalanceMember> members,
        int memberCount,
        List<JoinTiming> joins) {
    public static final int VERSION = 1;
    public static final int LISTED_MAX = 200;

    /** What an entry may take as JSON. */
    public static final int BYTES_MAX = 1 << 20;

    private static final int FEW = 20;

    /** How it ended. */
    public enum Outcome {
        /** Every member has its assignment. */
        COMPLETED,
        /** Another began before this one was complete. */
        SUPERSEDED,
        /** No member was left. */
        EMPTIED,
        /** Written by a newer version. */
        @com.fasterxml.jackson.annotation.JsonEnumDefaultValue
        OTHER
    }

    /**
     * When a member came.
     *
     * @param afterMillis since the start of the rebalance: until its JoinGroup (classic) or until it reached the new epoch
     *     (consumer); null if it never came
     */
    public record JoinTiming(
            String memberId,
            @Nullable String groupInstanceId,
            String clientId,
            @Nullable Long afterMillis) {}

    @JsonProperty
    public long durationMillis() {
        return endedAt - startedAt;
    }

    /** Itself if its JSON fits {@link #BYTES_MAX}, else with only a few of each list; the counts stay. */
    Rebalance bounded() {
        if (toJson().length <= BYTES_MAX) {
            return this;
        }
        return new Rebalance(
                v,
                group,
                type,
                outcome,
                generationBefore,
                generationAfter,
                startedAt,
                endedAt,
                protocolType,
                protocol,
                leader,
                triggers.stream().limit(FEW).toList(),
                triggerCount,
                few(membersBefore),
                membersBeforeCount,
                few(members),
                memberCount,
                joins.stream().limit(FEW).toList());
    }

    private static List<RebalanceMember> few(List<RebalanceMember> members) {
        return members.stream().limit(FEW).map(RebalanceMember::withoutTopics).toList();
    }

    /** UTF-8. */
    public byte[] toJson() {
        return RebalanceJson.write(this);
    }

    /** Ignores fields it does not know; throws {@link IllegalArgumentException} for what is no entry of the journal. */
    public static Rebalance fromJson(byte[] json) {
        return RebalanceJson.read(json);
    }
}
