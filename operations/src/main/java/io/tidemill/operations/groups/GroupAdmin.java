package io.tidemill.operations.groups;

import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.jspecify.annotations.Nullable;

/**
 * Looks at consumer groups and moves their offsets, over the Kafka protocol, on Tidemill and on a Kafka cluster alike. Not
 * thread-safe. Every call waits at most the time limit given; all throw {@link GroupException}.
 */
public final class GroupAdmin implements AutoCloseable {
    private static final int GROUPS_MAX = 10_000;

    private final Map<String, Object> clientConfig;
    private final Duration timeLimit;
    private final InstantSource clock;
    private final Admin admin;

    private GroupAdmin(Map<String, Object> clientConfig, Duration timeLimit, InstantSource clock) {
        this.clientConfig = Map.copyOf(clientConfig);
        this.timeLimit = timeLimit;
        this.clock = clock;
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(timeLimit.toMillis()));
        config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(Math.max(1, timeLimit.toMillis() / 2)));
        admin = Admin.create(config);
    }

    /** @param clientConfig as for a Kafka client: {@code bootstrap.servers}, security */
    public static GroupAdmin connect(Map<String, Object> clientConfig, Duration timeLimit, InstantSource clock) {
        return new GroupAdmin(clientConfig, timeLimit, clock);
    }

    // ---- looking ----

    /** All groups, by name; at most 10,000. */
    public List<GroupSummary> list() {
        Collection<GroupListing> listings = get(admin.listGroups().all(), "list the groups");
        List<String> consumerGroups = listings.stream()
                .filter(GroupAdmin::isConsumerGroup)
                .map(GroupListing::groupId)
                .limit(GROUPS_MAX)
                .toList();
        Map<String, ConsumerGroupDescription> described = describeAll(consumerGroups);
        Map<String, Long> lags = lags(consumerGroups);
        return listings.stream()
                .sorted((left, right) -> left.groupId().compareTo(right.groupId()))
                .limit(GROUPS_MAX)
                .map(listing -> summary(listing, described.get(listing.groupId()), lags.get(listing.groupId())))
                .toList();
    }

    private static boolean isConsumerGroup(GroupListing listing) {
        String type = listing.type().map(Object::toString).orElse("classic");
        return type.equalsIgnoreCase("consumer")
                || (type.equalsIgnoreCase("classic")
                        && (listing.protocol().isEmpty() || listing.protocol().equals("consumer")));
    }

    private static GroupSummary summary(
            GroupListing listing, @Nullable ConsumerGroupDescription described, @Nullable Long lag) {
        return new GroupSummary(
                listing.groupId(),
                listing.type()
                        .map(type -> type.toString().toLowerCase(Locale.ROOT))
                        .orElse("classic"),
                described != null
                        ? described.groupState().toString()
                        : listing.groupState().map(GroupState::toString).orElse("unknown"),
                described == null ? null : described.members().size(),
                lag);
    }

    private Map<String, ConsumerGroupDescription> describeAll(List<String> groups) {
        Map<String, ConsumerGroupDescription> described = new HashMap<>();
        admin.describeConsumerGroups(groups).describedGroups().forEach((group, future) -> {
            try {
                described.put(group, get(future, "describe group '" + group + "'"));
            } catch (GroupException e) {
                // It went away between the listing and the question; the listing is still shown.
                described.remove(group);
            }
        });
        return described;
    }

    private Map<String, Long> lags(List<String> groups) {
        Map<String, Map<TopicPartition, Long>> committed = new HashMap<>();
        Set<TopicPartition> partitions = new TreeSet<>();
        for (String group : groups) {
            committed.put(group, committed(group));
            partitions.addAll(committed.get(group).keySet());
        }
        Map<TopicPartition, Long> ends = offsets(partitions, OffsetSpec.latest());
        Map<String, Long> lags = new HashMap<>();
        committed.forEach((group, offsets) -> {
            if (!offsets.isEmpty()) {
                lags.put(
                        group,
                        offsets.entrySet().stream()
                                .mapToLong(each -> Math.max(0, ends.getOrDefault(each.getKey(), 0L) - each.getValue()))
                                .sum());
            }
        });
        return lags;
    }

    /** All about one group. */
    public GroupReport describe(String group) {
        ConsumerGroupDescription description = describeOne(group);
        Map<TopicPartition, Long> committed = committed(group);
        Map<TopicPartition, String> owners = new HashMap<>();
        List<GroupMember> members = members(description, owners);
        Set<TopicPartition> partitions = new TreeSet<>(committed.keySet());
        partitions.addAll(owners.keySet());
        if (partitions.isEmpty() && description.members().isEmpty() && description.groupState() == GroupState.DEAD) {
            throw noSuchGroup(group);
        }
        LagReader reader = new LagReader(admin, clientConfig, timeLimit, clock);
        List<PartitionLag> lags = reader.read(group, partitions, committed, owners);
        return new GroupReport(
                group,
                description.type().toString().toLowerCase(Locale.ROOT),
                description.groupState().toString(),
                description.partitionAssignor() == null ? "" : description.partitionAssignor(),
                description.coordinator() == null
                        ? ""
                        : description.coordinator().host() + ":"
                                + description.coordinator().port(),
                members,
                lags,
                new RetentionWarnings(admin, timeLimit).about(lags));
    }

    private ConsumerGroupDescription describeOne(String group) {
        try {
            return get(
                    admin.describeConsumerGroups(List.of(group))
                            .describedGroups()
                            .get(group),
                    "describe group '" + group + "'");
        } catch (GroupException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                throw noSuchGroup(group);
            }
            throw e;
        }
    }

    private static GroupException noSuchGroup(String group) {
        return GroupException.misuse(
                "there is no group '" + group + "': 'tidemill groups list' shows those that there are");
    }

    private static List<GroupMember> members(ConsumerGroupDescription description, Map<TopicPartition, String> owners) {
        List<GroupMember> members = new ArrayList<>();
        for (MemberDescription member : description.members()) {
            List<TopicPartition> assignment = member.assignment().topicPartitions().stream()
                    .map(GroupAdmin::ours)
                    .sorted()
                    .toList();
            assignment.forEach(partition -> owners.put(partition, member.consumerId()));
            members.add(new GroupMember(
                    member.consumerId(),
                    member.groupInstanceId().orElse(null),
                    member.clientId(),
                    member.host(),
                    assignment));
        }
        members.sort((left, right) -> left.memberId().compareTo(right.memberId()));
        return members;
    }

    // ---- moving ----

    /**
     * What a reset would do; it changes nothing.
     *
     * @param topics which of the group's; all of them when empty. A topic that the group has not committed is taken whole
     */
    public ResetPlan plan(String group, Set<String> topics, ResetTarget target) {
        requireNobody(group);
        Map<TopicPartition, Long> committed = committed(group);
        Set<TopicPartition> partitions = committed.keySet().stream()
                .filter(each -> topics.isEmpty() || topics.contains(each.topic()))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> others = new TreeSet<>(topics);
        partitions.forEach(each -> others.remove(each.topic()));
        partitions.addAll(partitionsOf(others));
        if (partitions.isEmpty()) {
            throw GroupException.misuse("group '" + group
                    + "' has committed no offsets, so there is nothing to move: name topics to give it some");
        }
        Map<TopicPartition, Long> starts = offsets(partitions, OffsetSpec.earliest());
        Map<TopicPartition, Long> ends = offsets(partitions, OffsetSpec.latest());
        Map<TopicPartition, Long> wanted = wanted(partitions, target, starts, ends);
        List<ResetPlan.Move> moves = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            long start = starts.getOrDefault(partition, 0L);
            long end = ends.getOrDefault(partition, 0L);
            long to = Math.max(start, Math.min(end, wanted.getOrDefault(partition, end)));
            Long from = committed.get(partition);
            moves.add(new ResetPlan.Move(partition, from, to, from == null ? null : Math.max(0, end - from), end - to));
        }
        return new ResetPlan(group, moves);
    }

    private Map<TopicPartition, Long> wanted(
            Set<TopicPartition> partitions,
            ResetTarget target,
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> ends) {
        if (target instanceof ResetTarget.Earliest) {
            return starts;
        } else if (target instanceof ResetTarget.Latest) {
            return ends;
        } else if (target instanceof ResetTarget.Offset offset) {
            return partitions.stream().collect(Collectors.toMap(each -> each, each -> offset.offset()));
        }
        Instant at = target instanceof ResetTarget.Time time
                ? time.at()
                : clock.instant().minus(((ResetTarget.Back) target).by());
        Map<TopicPartition, Long> found = offsets(partitions, OffsetSpec.forTimestamp(Math.max(0, at.toEpochMilli())));
        // No record is that young: the group goes on at the end.
        found.values().removeIf(offset -> offset < 0);
        return found;
    }

    private Set<TopicPartition> partitionsOf(Set<String> topics) {
        Set<TopicPartition> partitions = new TreeSet<>();
        if (!topics.isEmpty()) {
            get(admin.describeTopics(topics).allTopicNames(), "describe the topics " + topics)
                    .forEach((topic, description) -> description
                            .partitions()
                            .forEach(each -> partitions.add(new TopicPartition(topic, each.partition()))));
        }
        return partitions;
    }

    /** Moves the group. Refused when it has got members meanwhile. */
    public void execute(ResetPlan plan) {
        Map<org.apache.kafka.common.TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (ResetPlan.Move move : plan.moves()) {
            offsets.put(theirs(move.partition()), new OffsetAndMetadata(move.to()));
        }
        try {
            get(admin.alterConsumerGroupOffsets(plan.group(), offsets).all(), "move group '" + plan.group() + "'");
        } catch (GroupException e) {
            if (e.getCause() instanceof UnknownMemberIdException) {
                throw liveMembers(plan.group(), "it has got members meanwhile");
            }
            throw e;
        }
    }

    /** Forgets the group and its offsets. Refused when it has members. */
    public void delete(String group) {
        try {
            get(admin.deleteConsumerGroups(List.of(group)).all(), "delete group '" + group + "'");
        } catch (GroupException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                throw noSuchGroup(group);
            } else if (e.getCause() instanceof GroupNotEmptyException) {
                throw liveMembers(group, "it has members");
            }
            throw e;
        }
    }

    private void requireNobody(String group) {
        try {
            ConsumerGroupDescription description = describeOne(group);
            if (!description.members().isEmpty()) {
                String members = description.members().stream()
                        .map(member -> member.clientId() + " at " + member.host())
                        .distinct()
                        .limit(5)
                        .collect(Collectors.joining(", "));
                throw liveMembers(
                        group,
                        "it has " + description.members().size() + " live member"
                                + (description.members().size() == 1 ? "" : "s") + " (" + members + ")");
            }
        } catch (GroupException e) {
            if (!e.isMisuse() || !String.valueOf(e.getMessage()).startsWith("there is no group")) {
                throw e;
            }
        }
    }

    private static GroupException liveMembers(String group, String why) {
        return GroupException.misuse("group '" + group + "' cannot be moved or deleted: " + why
                + ". Stop its consumers, and wait until their session timeout is over");
    }

    // ---- asking ----

    private Map<TopicPartition, Long> committed(String group) {
        Map<TopicPartition, Long> committed = new TreeMap<>();
        get(
                        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(),
                        "read the offsets of group '" + group + "'")
                .forEach((partition, offset) -> {
                    if (offset != null) {
                        committed.put(ours(partition), offset.offset());
                    }
                });
        return committed;
    }

    private Map<TopicPartition, Long> offsets(Set<TopicPartition> partitions, OffsetSpec spec) {
        return offsets(admin, partitions, spec, timeLimit);
    }

    /** Partitions that are gone are left out. */
    static Map<TopicPartition, Long> offsets(
            Admin admin, Set<TopicPartition> partitions, OffsetSpec spec, Duration timeLimit) {
        if (partitions.isEmpty()) {
            return new TreeMap<>();
        }
        Map<org.apache.kafka.common.TopicPartition, OffsetSpec> question =
                partitions.stream().collect(Collectors.toMap(GroupAdmin::theirs, each -> spec));
        var answer = admin.listOffsets(question);
        Map<TopicPartition, Long> offsets = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            try {
                ListOffsetsResultInfo info =
                        get(answer.partitionResult(theirs(partition)), "read offsets of " + partition, timeLimit);
                offsets.put(partition, info.offset());
            } catch (GroupException e) {
                if (!(e.getCause() instanceof org.apache.kafka.common.errors.UnknownTopicOrPartitionException)) {
                    throw e;
                }
            }
        }
        return offsets;
    }

    private <T> T get(@Nullable KafkaFuture<T> future, String what) {
        return get(future, what, timeLimit);
    }

    static <T> T get(@Nullable KafkaFuture<T> future, String what, Duration timeLimit) {
        if (future == null) {
            throw new IllegalStateException("no answer was promised to: " + what);
        }
        try {
            return future.get(timeLimit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw GroupException.failure("could not " + what + ": " + reason(cause), cause);
        } catch (TimeoutException e) {
            throw GroupException.failure(
                    "could not " + what + " within " + timeLimit.toSeconds()
                            + " s: check the address and that the server runs",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw GroupException.failure("could not " + what + ": interrupted", e);
        }
    }

    private static String reason(Throwable cause) {
        return cause instanceof org.apache.kafka.common.errors.TimeoutException
                ? "no answer in time; check the address and that the server runs (" + cause.getMessage() + ")"
                : String.valueOf(cause.getMessage());
    }

    static TopicPartition ours(org.apache.kafka.common.TopicPartition partition) {
        return new TopicPartition(partition.topic(), partition.partition());
    }

    static org.apache.kafka.common.TopicPartition theirs(TopicPartition partition) {
        return new org.apache.kafka.common.TopicPartition(partition.topic(), partition.partition());
    }

    @Override
    public void close() {
        admin.close(timeLimit);
    }
}
