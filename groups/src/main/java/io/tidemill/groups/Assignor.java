package io.tidemill.groups;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Decides who owns which partitions. */
interface Assignor {
    /**
     * A member.
     *
     * @param topics that it subscribes to and that exist, with their partition counts
     * @param current what it had by the target before
     */
    record Member(String id, @Nullable String instanceId, Map<UUID, Integer> topics, Map<UUID, Set<Integer>> current) {}

    String name();

    /** For every member, by its id; each partition of a topic that anyone subscribes to is given to one of its subscribers. */
    Map<String, Map<UUID, Set<Integer>>> assign(List<Member> members);
}
