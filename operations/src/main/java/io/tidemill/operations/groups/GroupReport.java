package io.tidemill.operations.groups;

import java.util.List;

/**
 * A group as it is now.
 *
 * @param assignor who distributes the partitions, by name; empty where nobody does
 * @param coordinator host and port
 * @param partitions those with a committed offset or an owner, sorted
 * @param warnings sentences about what needs attention
 */
public record GroupReport(
        String group,
        String type,
        String state,
        String assignor,
        String coordinator,
        List<GroupMember> members,
        List<PartitionLag> partitions,
        List<String> warnings) {
    /** Of all partitions with a committed offset. */
    public long lagRecords() {
        return partitions.stream()
                .filter(each -> each.lagRecords() != null)
                .mapToLong(each -> each.lagRecords() == null ? 0 : each.lagRecords())
                .sum();
    }
}
