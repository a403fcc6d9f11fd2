package io.tidemill.groups;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.TopicPartition;
import io.tidemill.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Classic members that join, assign, stall, crash and leave. */
final class SimulatedClassicGroup extends SimulatedGroup {
    private final List<Client> clients = new ArrayList<>();
    private final Map<String, String> owners = new HashMap<>();
    private int generationMax;
    private int names;

    SimulatedClassicGroup(long seed) {
        super(
                seed,
                GroupOptions.defaults()
                        .initialRebalanceDelay(
                                Duration.ofSeconds(Seeds.random(seed, "delay").nextInt(3)))
                        .sessionTimeouts(Duration.ofSeconds(1), Duration.ofMinutes(5)));
        for (int i = 0; i < 4; i++) {
            clients.add(new Client());
        }
    }

    private final class Client {
        private final String name = "c" + names++;
        private final @Nullable String instance = chance(3) ? "i" + random.nextInt(4) : null;
        // Who takes over an instance id subscribes to the same: in a stable group nobody would be told otherwise.
        private String topics = (instance == null ? chance(2) : instance.equals("i1")) ? "a" : "a,b";
        private String memberId = "";
        private @Nullable JoinResult joined;
        private @Nullable CompletableFuture<JoinResult> joining;
        private @Nullable CompletableFuture<SyncResult> syncing;
        private @Nullable List<TopicPartition> assigned;
        private int stalledSteps;
        private boolean gone;

        private void step() {
            if (stalledSteps > 0) {
                stalledSteps--;
            } else if (joining != null) {
                pollJoin(joining);
            } else if (syncing != null) {
                pollSync(syncing);
            } else if (joined == null) {
                joining = rig.joinStaticOrNew(name, memberId, instance, topics).thenApply(this::told);
            } else {
                failed(rig.heartbeat(memberId, instance, joined.generation()));
            }
        }

        private JoinResult told(JoinResult result) {
            if (result.error() == GroupError.NONE) {
                assertThat(result.generation()).isGreaterThanOrEqualTo(generationMax);
                generationMax = result.generation();
            }
            return result;
        }

        private void pollJoin(CompletableFuture<JoinResult> future) {
            if (!future.isDone()) {
                return;
            }
            joining = null;
            JoinResult result = future.join();
            if (result.error() == GroupError.MEMBER_ID_REQUIRED) {
                memberId = result.memberId();
            } else if (result.error() != GroupError.NONE) {
                failed(result.error());
            } else {
                memberId = result.memberId();
                joined = result;
                assigned = null;
                Map<String, String> assignments = result.memberId().equals(result.leader()) && !result.skipAssignment()
                        ? assign(result)
                        : Map.of();
                syncing = rig.sync(result, instance, assignments);
            }
        }

        private Map<String, String> assign(JoinResult result) {
            Map<String, List<String>> shares = new HashMap<>();
            for (TopicView.TopicInfo topic : topicsOf(List.of("a", "b"))) {
                List<JoinResult.JoinedMember> subscribers = result.members().stream()
                        .filter(member -> List.of(
                                        TextDecoder.text(member.metadata()).split(","))
                                .contains(topic.name()))
                        .toList();
                for (int p = 0; p < topic.partitions() && !subscribers.isEmpty(); p++) {
                    shares.computeIfAbsent(
                                    subscribers.get(p % subscribers.size()).memberId(), id -> new ArrayList<>())
                            .add(topic.name() + "-" + p);
                }
            }
            Map<String, String> assignments = new HashMap<>();
            shares.forEach((member, partitions) -> assignments.put(member, String.join(",", partitions)));
            return assignments;
        }

        private void pollSync(CompletableFuture<SyncResult> future) {
            if (!future.isDone()) {
                return;
            }
            syncing = null;
            SyncResult result = future.join();
            if (result.error() != GroupError.NONE) {
                failed(result.error());
                return;
            }
            assigned = TextDecoder.partitions(TextDecoder.text(result.assignment()));
            for (TopicPartition partition : assigned) {
                String who = instance == null ? memberId : instance;
                int generation = joined == null ? 0 : joined.generation();
                String other = owners.putIfAbsent(generation + "/" + partition, who);
                assertThat(other)
                        .as("the owner of %s in generation %d", partition, generation)
                        .isIn(null, who);
            }
        }

        private void failed(GroupError error) {
            if (error == GroupError.NONE) {
                return;
            }
            joined = null;
            assigned = null;
            if (error == GroupError.UNKNOWN_MEMBER_ID) {
                memberId = "";
            }
            gone |= error == GroupError.FENCED_INSTANCE_ID;
        }

        /** What its connection was waiting for never comes. */
        private void connectionLost() {
            if (joining != null || syncing != null) {
                joined = null;
            }
            joining = null;
            syncing = null;
        }
    }

    private List<TopicView.TopicInfo> topicsOf(List<String> wanted) {
        return wanted.stream().map(name -> rig.topics.topic(name).orElseThrow()).toList();
    }

    @Override
    void step() {
        List.copyOf(clients).forEach(Client::step);
        clients.removeIf(client -> client.gone);
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
            rig.leave(client.memberId, null, "closed");
            clients.remove(client);
        } else if (chance(15)) {
            client.stalledSteps = random.nextInt(20);
        } else if (chance(20) && client.instance == null && client.joining == null && client.syncing == null) {
            client.topics = client.topics.equals("a") ? "a,b" : "a";
            client.joined = null;
        } else if (chance(30)) {
            rig.topics.with("b", rig.topics.topic("b").orElseThrow().partitions() + 1);
            rig.coordinator.topicsChanged();
        }
    }

    @Override
    void crashed() {
        clients.forEach(Client::connectionLost);
        rig.coordinator.describe("g").map(ClassicGroupDescription.class::cast).ifPresent(group -> {
            assertThat(group.generation()).isGreaterThanOrEqualTo(generationMax);
            clients.forEach(client -> verifyAssigned(client, group));
        });
        assertThat(generationMax == 0 || rig.coordinator.describe("g").isPresent())
                .isTrue();
    }

    /** What a client was told is there after a crash. */
    private static void verifyAssigned(Client client, ClassicGroupDescription group) {
        JoinResult joined = client.joined;
        if (joined == null || client.assigned == null || joined.generation() != group.generation()) {
            return;
        }
        group.members().stream()
                .filter(member -> member.memberId().equals(client.memberId))
                .forEach(member -> assertThat(TextDecoder.partitions(TextDecoder.text(member.assignment())))
                        .isEqualTo(client.assigned));
    }

    @Override
    void calm() {
        if (clients.isEmpty()) {
            clients.add(new Client());
        }
        clients.forEach(client -> client.stalledSteps = 0);
    }

    @Override
    boolean settled() {
        ClassicGroupDescription group =
                (ClassicGroupDescription) rig.coordinator.describe("g").orElse(null);
        return group != null
                && group.state() == GroupState.STABLE
                && group.members().size() == clients.size()
                && clients.stream().allMatch(this::isSettled)
                && wanted().equals(owned());
    }

    private boolean isSettled(Client client) {
        ClassicGroupDescription group =
                (ClassicGroupDescription) rig.coordinator.describe("g").orElseThrow();
        return client.joined != null && client.assigned != null && client.joined.generation() == group.generation();
    }

    private Set<TopicPartition> owned() {
        Set<TopicPartition> owned = new TreeSet<>();
        clients.forEach(client -> owned.addAll(client.assigned == null ? List.of() : client.assigned));
        return owned;
    }

    /** Those that were there when the leader last assigned are enough: partitions may have been added since. */
    private Set<TopicPartition> wanted() {
        Set<TopicPartition> wanted = new TreeSet<>();
        boolean b = clients.stream().anyMatch(client -> client.topics.equals("a,b"));
        for (TopicView.TopicInfo topic : topicsOf(b ? List.of("a", "b") : List.of("a"))) {
            for (int p = 0; p < topic.partitions(); p++) {
                TopicPartition partition = new TopicPartition(topic.name(), p);
                if (topic.name().equals("a") || p < 2 || owned().contains(partition)) {
                    wanted.add(partition);
                }
            }
        }
        return wanted;
    }

    @Override
    void check() {
        rig.coordinator
                .describe("g")
                .map(ClassicGroupDescription.class::cast)
                .ifPresent(group -> assertThat(group.generation()).isGreaterThanOrEqualTo(generationMax));
    }
}
