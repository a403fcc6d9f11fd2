package io.tidemill.groups;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.TopicPartition;
import io.tidemill.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** KIP-848 members that join, revoke slowly, stall, crash and leave. */
final class SimulatedConsumerGroup extends SimulatedGroup {
    private final List<Client> clients = new ArrayList<>();
    private int names;
    private int epochMax;

    SimulatedConsumerGroup(long seed) {
        super(
                seed,
                GroupOptions.defaults()
                        .consumerAssignmentInterval(Duration.ofSeconds(
                                Seeds.random(seed, "interval").nextInt(2)))
                        .consumerTimeouts(Duration.ofSeconds(20), Duration.ofSeconds(3)));
        for (int i = 0; i < 4; i++) {
            clients.add(new Client());
        }
    }

    private final class Client {
        private final String memberId = "m" + names++;
        private final @Nullable String instance = chance(3) ? "i" + random.nextInt(4) : null;
        private final @Nullable String assignor = chance(4) ? "range" : null;
        private Set<String> topics = chance(2) ? Set.of("a") : Set.of("a", "b");
        private @Nullable String regex = chance(4) ? "[ab]" : null;
        private int epoch;
        private Set<TopicPartition> owned = new TreeSet<>();
        private Set<TopicPartition> allowed = new TreeSet<>();
        private boolean changed;
        private boolean full;
        private int stalledSteps;

        private void step() {
            if (stalledSteps > 0) {
                stalledSteps--;
                return;
            }
            // Revoking takes a while, taking is quick.
            if (!chance(3)) {
                owned.retainAll(allowed);
            }
            if (allowed.containsAll(owned)) {
                owned.addAll(allowed);
            }
            boolean all = epoch == 0 || changed || full;
            ConsumerHeartbeatResult result = rig.beat(new ConsumerHeartbeatRequest(
                    Rig.client(memberId),
                    "g",
                    memberId,
                    epoch,
                    instance,
                    null,
                    epoch == 0 || full ? Duration.ofSeconds(30) : null,
                    all ? List.copyOf(topics) : null,
                    all ? (regex == null ? "" : regex) : null,
                    assignor,
                    epoch == 0 || full || !chance(3) ? listed() : null,
                    true));
            answered(result);
        }

        private void answered(ConsumerHeartbeatResult result) {
            switch (result.error()) {
                case NONE -> {
                    changed = false;
                    full = false;
                    epoch = result.memberEpoch();
                    List<TopicIdPartitions> assignment = result.assignment();
                    if (assignment != null && !chance(20)) {
                        allowed = partitions(assignment);
                    } else if (assignment != null) {
                        lost();
                    }
                }
                // As after any lost answer, the member tells everything and so is told everything.
                case COORDINATOR_NOT_AVAILABLE -> full = true;
                default -> lost();
            }
        }

        /** An answer was lost or the member was refused: it starts again. */
        private void lost() {
            epoch = 0;
            owned.clear();
            allowed.clear();
        }

        private List<TopicIdPartitions> listed() {
            Map<String, List<Integer>> byTopic = new TreeMap<>();
            owned.forEach(partition -> byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                    .add(partition.partition()));
            return byTopic.entrySet().stream()
                    .map(entry -> new TopicIdPartitions(rig.topics.id(entry.getKey()), entry.getValue()))
                    .toList();
        }
    }

    private Set<TopicPartition> partitions(List<TopicIdPartitions> listed) {
        Set<TopicPartition> partitions = new TreeSet<>();
        for (TopicIdPartitions each : listed) {
            String topic = rig.topics.topic(each.topicId()).orElseThrow().name();
            each.partitions().forEach(p -> partitions.add(new TopicPartition(topic, p)));
        }
        return partitions;
    }

    @Override
    void step() {
        List.copyOf(clients).forEach(Client::step);
    }

    @Override
    void chaos() {
        if (chance(20) && clients.size() < 8) {
            clients.add(new Client());
        }
        if (chance(30) && clients.size() > 1) {
            clients.remove(random.nextInt(clients.size()));
        }
        if (clients.isEmpty()) {
            return;
        }
        Client client = clients.get(random.nextInt(clients.size()));
        if (chance(30)) {
            boolean back = client.instance != null && chance(2);
            ConsumerHeartbeatRequest leave = Rig.beating(client.memberId, back ? -2 : -1, null);
            rig.beat(client.instance == null ? leave : Rig.instance(leave, client.instance));
            clients.remove(client);
        } else if (chance(15)) {
            client.stalledSteps = random.nextInt(25);
        } else if (chance(20)) {
            client.topics = client.topics.size() == 1 ? Set.of("a", "b") : Set.of("b");
            client.changed = true;
        } else if (chance(30)) {
            rig.topics.with("b", rig.topics.topic("b").orElseThrow().partitions() + 1);
            rig.coordinator.topicsChanged();
        }
    }

    @Override
    void crashed() {
        assertThat(groupEpoch()).isGreaterThanOrEqualTo(epochMax);
    }

    private int groupEpoch() {
        return rig.coordinator
                .describe("g")
                .map(group -> ((ConsumerGroupDescription) group).groupEpoch())
                .orElse(0);
    }

    @Override
    void calm() {
        if (clients.isEmpty()) {
            clients.add(new Client());
        }
        clients.forEach(client -> client.stalledSteps = 0);
        // Of several processes with one instance id only one can live.
        Set<String> instances = new HashSet<>();
        clients.removeIf(client -> client.instance != null && !instances.add(client.instance));
    }

    @Override
    boolean settled() {
        if (rig.coordinator.describe("g").isEmpty()) {
            return false;
        }
        ConsumerGroupDescription group = rig.consumerGroup();
        Set<TopicPartition> owned = new TreeSet<>();
        clients.forEach(client -> owned.addAll(client.owned));
        return group.state() == GroupState.STABLE
                && group.members().size() == clients.size()
                && clients.stream().allMatch(client -> client.epoch == group.groupEpoch())
                && owned.equals(wanted());
    }

    private Set<TopicPartition> wanted() {
        Set<TopicPartition> wanted = new TreeSet<>();
        Set<String> topics = new TreeSet<>();
        clients.forEach(client -> topics.addAll(client.regex == null ? client.topics : Set.of("a", "b")));
        for (String topic : topics) {
            for (int p = 0; p < rig.topics.topic(topic).orElseThrow().partitions(); p++) {
                wanted.add(new TopicPartition(topic, p));
            }
        }
        return wanted;
    }

    @Override
    void check() {
        epochMax = Math.max(epochMax, groupEpoch());
        assertThat(groupEpoch()).isEqualTo(epochMax);
        if (epochMax == 0) {
            return;
        }
        ConsumerGroupDescription group = rig.consumerGroup();
        Map<TopicPartition, String> owners = new HashMap<>();
        for (ConsumerGroupDescription.Member member : group.members()) {
            Set<TopicPartition> known = new TreeSet<>();
            member.assigned()
                    .forEach(each -> each.partitions().forEach(p -> known.add(new TopicPartition(each.topic(), p))));
            for (TopicPartition partition : known) {
                assertThat(owners.put(partition, member.memberId()))
                        .as("owner of %s", partition)
                        .isNull();
            }
            clients.stream()
                    .filter(client -> client.memberId.equals(member.memberId()) && client.epoch == member.memberEpoch())
                    .forEach(client ->
                            assertThat(known).as("owned by %s", client.memberId).containsAll(client.owned));
        }
    }
}
