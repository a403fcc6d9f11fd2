package io.tidemill.groups;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One group: what is durable of it is changed by {@link #apply} alone, live and at recovery. */
abstract sealed class Group permits ClassicGroup, ConsumerGroup {
    /** What a client's or the coordinator's words are cut at in the journal. */
    private static final int REASON_CHARS_MAX = 255;

    final Context context;
    final String groupId;

    Group(Context context, String groupId) {
        this.context = context;
        this.groupId = groupId;
    }

    abstract GroupType type();

    abstract GroupState state();

    abstract String protocolType();

    abstract boolean isEmpty();

    /** Whether there is anything to keep it for once it is empty. */
    abstract boolean isDurable();

    abstract GroupDescription describe();

    abstract boolean isSubscribed(String topic);

    abstract LeaveResult leave(LeaveRequest request);

    abstract GroupError checkOffsetCommit(OffsetCommitCheck check);

    abstract void apply(GroupRecord header);

    /** Null ends the member. */
    abstract void apply(String memberId, @Nullable GroupRecord member);

    /** To be called once all records are applied at recovery. */
    abstract void loaded();

    abstract void topicsChanged();

    /** Cancels timers and answers those who wait. */
    abstract void close(GroupError why);

    static boolean isAdministrator(LeaveRequest.Leaving leaving) {
        String reason = leaving.reason();
        // What Kafka's admin client writes; it removes static members by their instance id alone.
        return leaving.memberId().isEmpty() || (reason != null && reason.startsWith("member was removed by an admin"));
    }

    static @Nullable String cut(@Nullable String words) {
        return words == null || words.isEmpty()
                ? null
                : words.length() <= REASON_CHARS_MAX ? words : words.substring(0, REASON_CHARS_MAX);
    }

    static Trigger trigger(
            Trigger.Kind kind,
            Instant at,
            String memberId,
            @Nullable String instanceId,
            ClientInfo client,
            @Nullable String reason,
            @Nullable String detail,
            @Nullable Evidence evidence) {
        return new Trigger(
                kind,
                at.toEpochMilli(),
                memberId,
                instanceId,
                client.clientId(),
                client.host(),
                client.softwareName(),
                client.softwareVersion(),
                cut(reason),
                cut(detail),
                evidence);
    }
}
