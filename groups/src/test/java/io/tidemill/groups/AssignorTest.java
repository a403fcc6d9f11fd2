package io.tidemill.groups;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Every partition has one owner who subscribes to it, shares are fair, and what can stay stays. */
class AssignorTest {
    private static final UUID A = new UUID(0, 1);
    private static final UUID B = new UUID(0, 2);

    private static Set<Integer> of(Map<String, Map<UUID, Set<Integer>>> assignment, String member, UUID topic) {
        return assignment.getOrDefault(member, Map.of()).getOrDefault(topic, Set.of());
    }

    private static Assignor.Member member(String id, Map<UUID, Integer> topics, Map<UUID, Set<Integer>> current) {
        return new Assignor.Member(id, null, topics, current);
    }

    @Test
    void uniformIsFairAndSticky() {
        Assignor uniform = new UniformAssignor();
        Map<UUID, Integer> topics = Map.of(A, 7);
        Map<String, Map<UUID, Set<Integer>>> one = uniform.assign(List.of(member("m1", topics, Map.of())));
        assertThat(of(one, "m1", A)).hasSize(7);
        Map<String, Map<UUID, Set<Integer>>> two = uniform.assign(
                List.of(member("m1", topics, one.getOrDefault("m1", Map.of())), member("m2", topics, Map.of())));
        assertThat(of(two, "m1", A)).hasSize(4);
        assertThat(of(two, "m2", A)).hasSize(3);
        Map<String, Map<UUID, Set<Integer>>> three = uniform.assign(List.of(
                member("m0", topics, Map.of()),
                member("m1", topics, two.getOrDefault("m1", Map.of())),
                member("m2", topics, two.getOrDefault("m2", Map.of()))));
        assertThat(of(two, "m1", A)).containsAll(of(three, "m1", A));
        assertThat(of(two, "m2", A)).containsAll(of(three, "m2", A));
        assertThat(uniform.assign(List.of())).isEmpty();
    }

    @Test
    void uniformBalancesDifferentSubscriptions() {
        Map<String, Map<UUID, Set<Integer>>> assignment = new UniformAssignor()
                .assign(List.of(
                        member("m1", Map.of(A, 6, B, 2), Map.of()),
                        member("m2", Map.of(A, 6), Map.of(A, Set.of(0, 1, 2, 3, 4, 5)))));
        assertThat(of(assignment, "m2", A)).hasSize(4);
        assertThat(of(assignment, "m1", B)).hasSize(2);
    }

    @Test
    void rangeIsCoPartitioned() {
        Map<UUID, Integer> topics = Map.of(A, 5, B, 5);
        Map<String, Map<UUID, Set<Integer>>> assignment =
                new RangeAssignor().assign(List.of(member("m2", topics, Map.of()), member("m1", topics, Map.of())));
        assertThat(assignment.get("m1")).containsEntry(A, Set.of(0, 1, 2)).containsEntry(B, Set.of(0, 1, 2));
        assertThat(assignment.get("m2")).containsEntry(A, Set.of(3, 4));
    }

    @Test
    void everyPartitionHasOneSubscriber() throws Exception {
        Seeds.run(seed -> {
            SplittableRandom random = Seeds.random(seed, "assignors");
            for (int i = 0; i < 300; i++) {
                for (Assignor assignor : List.of(new UniformAssignor(), new RangeAssignor())) {
                    verify(assignor, random);
                }
            }
        });
    }

    private static void verify(Assignor assignor, SplittableRandom random) {
        Map<UUID, Integer> topics = new TreeMap<>();
        for (int t = 0; t < 1 + random.nextInt(4); t++) {
            topics.put(new UUID(0, t), 1 + random.nextInt(8));
        }
        List<Assignor.Member> members = new ArrayList<>();
        for (int m = 0; m < 1 + random.nextInt(6); m++) {
            Map<UUID, Integer> subscribed = new TreeMap<>(topics);
            subscribed.keySet().removeIf(topic -> random.nextInt(4) == 0);
            Map<UUID, Set<Integer>> current = new TreeMap<>();
            topics.forEach((topic, count) -> current.put(topic, Set.of(random.nextInt(count + 1))));
            members.add(member("m" + m, subscribed, current));
        }
        Map<String, Map<UUID, Set<Integer>>> assignment = assignor.assign(members);
        Set<String> seen = new TreeSet<>();
        for (Assignor.Member member : members) {
            assignment
                    .getOrDefault(member.id(), Map.of())
                    .forEach((topic, partitions) -> partitions.forEach(p -> {
                        assertThat(seen.add(topic + "/" + p)).isTrue();
                        assertThat(p).isLessThan(member.topics().getOrDefault(topic, 0));
                    }));
        }
        int expected = topics.entrySet().stream()
                .filter(entry ->
                        members.stream().anyMatch(member -> member.topics().containsKey(entry.getKey())))
                .mapToInt(Map.Entry::getValue)
                .sum();
        assertThat(seen).hasSize(expected);
    }
}
