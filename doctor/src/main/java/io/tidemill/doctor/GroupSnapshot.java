package io.tidemill.doctor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A group as it is now.
 *
 * @param state as the cluster names it
 * @param partitions how many the topics that its members subscribe to have; null where that is not known
 */
public record GroupSnapshot(
        String state, List<Member> members, @Nullable Integer partitions) {
    /**
     * A member.
     *
     * @param assigned how many partitions it has
     * @param topics that it has partitions of
     */
    public record Member(
            String memberId,
            @Nullable String groupInstanceId,
            String clientId,
            String host,
            int assigned,
            List<String> topics) {}

    boolean isStable() {
        return "STABLE".equalsIgnoreCase(state);
    }
}
