package io.tidemill.compat.clients.script;

import static io.tidemill.compat.clients.script.Clients.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;

/** Members come, share the partitions, and go. */
final class GroupScenarios {
    private static final String ASSIGNORS = "org.apache.kafka.clients.consumer.";
    private static final Duration TURN = Duration.ofMillis(50);
    private static final int PARTITION_COUNT = 4;

    private GroupScenarios() {}

    static Map<String, Scenario> all(String protocol) {
        Map<String, Scenario> all = new LinkedHashMap<>();
        assignments(protocol).forEach((name, config) -> {
            all.put("two members share, " + name, clients -> share(clients, config));
            all.put("a static member returns, " + name, clients -> staticMember(clients, config));
        });
        all.put("a static member's id is taken only once", GroupScenarios::staticIdTwice);
        all.put("commits with metadata, and a member that resumes", GroupScenarios::commits);
        all.put("automatic commits", GroupScenarios::automaticCommits);
        all.put("a pattern of topics, and a topic that comes later", GroupScenarios::pattern);
        all.put("a group is described, moved and deleted", GroupScenarios::administered);
        if (protocol.equals("classic")) {
            // With the other protocol the broker sets the session timeout, and its default is too long for a test.
            all.put("a member that does not come back times out", GroupScenarios::expired);
            all.put("a rebalance that a member asks for", GroupScenarios::enforced);
            all.put("a static member is removed", GroupScenarios::removed);
        }
        return all;
    }

    /** What brokers can do however old they are. */
    static Map<String, Scenario> basic() {
        return Map.of(
                "two members share, eager range", clients -> share(clients, assignor("RangeAssignor")),
                "two members share, cooperative sticky",
                        clients -> share(clients, assignor("CooperativeStickyAssignor")),
                "commits with metadata, and a member that resumes", GroupScenarios::commits);
    }

    private static Map<String, Map<String, Object>> assignments(String protocol) {
        return protocol.equals("classic")
                ? Map.of(
                        "eager range", assignor("RangeAssignor"),
                        "eager round robin", assignor("RoundRobinAssignor"),
                        "cooperative sticky", assignor("CooperativeStickyAssignor"))
                : Map.of(
                        "uniform", Map.of("group.remote.assignor", "uniform"),
                        "range", Map.of("group.remote.assignor", "range"));
    }

    private static Map<String, Object> assignor(String name) {
        return Map.of("partition.assignment.strategy", ASSIGNORS + name);
    }

    private static Map<String, Object> with(Map<String, Object> config, String name, Object value) {
        Map<String, Object> all = new HashMap<>(config);
        all.put(name, value);
        return all;
    }

    /** Members in turn, until it holds; what they read. */
    private static List<String> turns(String what, BooleanSupplier until, List<Member> members) {
        List<String> values = new ArrayList<>();
        Clients.await(what, () -> {
            for (Member each : members) {
                values.addAll(each.poll(TURN));
            }
            return until.getAsBoolean();
        });
        return values;
    }

    private static boolean shared(Member one, Member other) {
        return one.partitionCount() == PARTITION_COUNT / 2 && other.partitionCount() == PARTITION_COUNT / 2;
    }

    private static void share(Clients clients, Map<String, Object> config) throws Exception {
        String topic = clients.topic("t", PARTITION_COUNT);
        clients.produce(topic, PARTITION_COUNT, 200);
        List<String> values = new ArrayList<>();
        try (Member stayer = Member.of(clients, topic, config)) {
            try (Member leaver = Member.of(clients, topic, config)) {
                values.addAll(turns("shared", () -> shared(stayer, leaver), List.of(stayer, leaver)));
                values.addAll(turns(
                        "all read", () -> stayer.readCount() + leaver.readCount() >= 200, List.of(stayer, leaver)));
                leaver.commit();
            }
            values.addAll(turns("all taken", () -> stayer.partitionCount() == PARTITION_COUNT, List.of(stayer)));
            assertThat(values).hasSize(200).doesNotHaveDuplicates();
            clients.produce(topic, PARTITION_COUNT, 40);
            int before = stayer.readCount();
            assertThat(turns("the rest", () -> stayer.readCount() >= before + 40, List.of(stayer)))
                    .hasSize(40)
                    .doesNotHaveDuplicates();
        }
    }

    private static void staticMember(Clients clients, Map<String, Object> config) throws Exception {
        String topic = clients.topic("t", PARTITION_COUNT);
        Map<String, Object> first = with(config, "group.instance.id", "first");
        try (Member stayer = Member.of(clients, topic, with(config, "group.instance.id", "second"))) {
            Set<TopicPartition> before;
            try (Member leaver = Member.of(clients, topic, first)) {
                turns("shared", () -> shared(stayer, leaver), List.of(stayer, leaver));
                before = leaver.partitions();
            }
            int revocations = stayer.revocationCount();
            try (Member returned = Member.of(clients, topic, first)) {
                turns("returned", () -> returned.partitionCount() > 0, List.of(stayer, returned));
                assertThat(returned.partitions()).isEqualTo(before);
            }
            assertThat(stayer.revocationCount()).isEqualTo(revocations);
        }
    }

    private static void staticIdTwice(Clients clients) throws Exception {
        String topic = clients.topic("t", PARTITION_COUNT);
        Map<String, Object> same = Map.of("group.instance.id", "same");
        try (Member first = Member.of(clients, topic, same)) {
            turns("assigned", () -> first.partitionCount() == PARTITION_COUNT, List.of(first));
            try (Member second = Member.of(clients, topic, same)) {
                if (clients.isClassic()) {
                    // The later one is taken for the first after a restart.
                    turns("assigned", () -> second.partitionCount() == PARTITION_COUNT, List.of(second));
                    assertThatThrownBy(() -> turns("fenced", () -> false, List.of(first)))
                            .isInstanceOf(FencedInstanceIdException.class);
                } else {
                    assertThatThrownBy(() -> turns("refused", () -> false, List.of(second)))
                            .isInstanceOf(UnreleasedInstanceIdException.class);
                }
            }
        }
    }

    private static void commits(Clients clients) throws Exception {
        String topic = clients.topic("t", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        clients.produce(topic, 1, 20);
        try (KafkaConsumer<String, String> consumer = clients.member("g", Map.of("max.poll.records", 5))) {
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 5);
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(5, "five done")));
            Clients.poll(consumer, 5);
            consumer.commitAsync();
            // Commits keep their order.
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(12, "twelve done")));
        }
        try (KafkaConsumer<String, String> consumer = clients.member("g", Map.of())) {
            var committed =
                    Objects.requireNonNull(consumer.committed(Set.of(partition)).get(partition));
            assertThat(committed.offset()).isEqualTo(12);
            assertThat(committed.metadata()).isEqualTo("twelve done");
            consumer.subscribe(List.of(topic));
            assertThat(Clients.poll(consumer, 8))
                    .first()
                    .satisfies(each -> assertThat(each.value()).isEqualTo("v12"));
        }
    }

    private static void automaticCommits(Clients clients) throws Exception {
        String topic = clients.topic("t", 2);
        clients.produce(topic, 2, 20);
        Map<String, Object> automatic = Map.of("enable.auto.commit", true, "auto.commit.interval.ms", 50);
        try (KafkaConsumer<String, String> consumer = clients.member("g", automatic)) {
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 20);
        }
        Set<TopicPartition> partitions = Set.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
        try (KafkaConsumer<String, String> consumer = clients.member("g", automatic)) {
            assertThat(consumer.committed(partitions).values())
                    .allSatisfy(each -> assertThat(each.offset()).isEqualTo(10));
        }
    }

    private static void pattern(Clients clients) throws Exception {
        clients.produce(clients.topic("p1", 1), 1, 3);
        clients.produce(clients.topic("other", 1), 1, 3);
        try (KafkaConsumer<String, String> consumer = clients.member("g", Map.of("metadata.max.age.ms", 200))) {
            consumer.subscribe(Pattern.compile(Pattern.quote(clients.name("p")) + ".*"));
            assertThat(Clients.poll(consumer, 3))
                    .allSatisfy(each -> assertThat(each.topic()).isEqualTo(clients.name("p1")));
            consumer.commitSync();
            clients.produce(clients.topic("p2", 1), 1, 3);
            assertThat(Clients.poll(consumer, 3))
                    .allSatisfy(each -> assertThat(each.topic()).isEqualTo(clients.name("p2")));
        }
    }

    /** Static members do not say that they leave: only time tells. */
    private static void expired(Clients clients) throws Exception {
        String topic = clients.topic("t", PARTITION_COUNT);
        Map<String, Object> shortest = Map.of("session.timeout.ms", 6_000);
        try (Member stayer = Member.of(clients, topic, shortest)) {
            try (Member leaver = Member.of(clients, topic, with(shortest, "group.instance.id", "gone"))) {
                turns("shared", () -> shared(stayer, leaver), List.of(stayer, leaver));
            }
            turns("taken over", () -> stayer.partitionCount() == PARTITION_COUNT, List.of(stayer));
        }
    }

    private static void enforced(Clients clients) throws Exception {
        String topic = clients.topic("t", PARTITION_COUNT);
        try (Member member = Member.of(clients, topic, Map.of())) {
            turns("assigned", () -> member.partitionCount() == PARTITION_COUNT, List.of(member));
            int generation = member.generation();
            member.consumer().enforceRebalance("the script wants it");
            turns("assigned again", () -> member.generation() > generation, List.of(member));
        }
    }

    private static void removed(Clients clients) throws Exception {
        String topic = clients.topic("t", PARTITION_COUNT);
        try (Admin admin = clients.admin();
                Member stayer = Member.of(clients, topic, Map.of())) {
            try (Member leaver = Member.of(clients, topic, Map.of("group.instance.id", "gone"))) {
                turns("shared", () -> shared(stayer, leaver), List.of(stayer, leaver));
            }
            get(admin.removeMembersFromConsumerGroup(
                            clients.name("g"),
                            new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("gone"))))
                    .all());
            turns("taken over", () -> stayer.partitionCount() == PARTITION_COUNT, List.of(stayer));
        }
    }

    private static void administered(Clients clients) throws Exception {
        String topic = clients.topic("t", PARTITION_COUNT);
        String group = clients.name("g");
        TopicPartition partition = new TopicPartition(topic, 0);
        clients.produce(topic, PARTITION_COUNT, 40);
        try (Admin admin = clients.admin()) {
            try (Member member = Member.of(clients, topic, Map.of("client.id", "the-script"))) {
                turns("read", () -> member.readCount() >= 40, List.of(member));
                member.commit();
                assertDescribed(clients, describe(admin, group));
                assertThatThrownBy(() ->
                                get(admin.deleteConsumerGroups(List.of(group)).all()))
                        .hasCauseInstanceOf(GroupNotEmptyException.class);
            }
            assertThat(listed(admin)).contains(group);
            assertThat(committed(admin, group))
                    .hasSize(PARTITION_COUNT)
                    .containsEntry(partition, new OffsetAndMetadata(10));
            get(admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(2, "moved")))
                    .all());
            assertThat(Objects.requireNonNull(committed(admin, group).get(partition))
                            .metadata())
                    .isEqualTo("moved");
            get(admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all());
            assertThat(committed(admin, group)).hasSize(PARTITION_COUNT - 1);
            get(admin.deleteConsumerGroups(List.of(group)).all());
            assertThat(listed(admin)).doesNotContain(group);
        }
    }

    private static void assertDescribed(Clients clients, ConsumerGroupDescription described) {
        assertThat(described.type().toString()).isEqualToIgnoringCase(clients.protocol());
        assertThat(described.members()).singleElement().satisfies(each -> {
            assertThat(each.clientId()).isEqualTo("the-script");
            assertThat(each.host()).contains("127.0.0.1");
            assertThat(each.assignment().topicPartitions()).hasSize(PARTITION_COUNT);
        });
    }

    private static ConsumerGroupDescription describe(Admin admin, String group) throws Exception {
        return Objects.requireNonNull(
                get(admin.describeConsumerGroups(List.of(group)).all()).get(group));
    }

    /** Newer clients have another call for it, which older ones do not have. */
    @SuppressWarnings("removal")
    private static List<String> listed(Admin admin) throws Exception {
        return get(admin.listConsumerGroups().all()).stream()
                .map(each -> each.groupId())
                .toList();
    }

    private static Map<TopicPartition, OffsetAndMetadata> committed(Admin admin, String group) throws Exception {
        return get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    }
}
