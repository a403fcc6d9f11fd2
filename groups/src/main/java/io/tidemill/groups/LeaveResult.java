package io.tidemill.groups;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link LeaveRequest}.
 *
 * @param error of the request as a whole
 * @param members in the order of the request; empty if the whole failed
 */
public record LeaveResult(GroupError error, List<Left> members) {
    /** What became of one member. */
    public record Left(String memberId, @Nullable String groupInstanceId, GroupError error) {}
}
