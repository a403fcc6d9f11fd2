package io.tidemill.groups;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** Gives every member as many partitions as any other, as far as subscriptions allow, and leaves where they are those that may stay. */
final class UniformAssignor implements Assignor {
    /*
     * Three steps: what a member had and may keep stays with it, up to its fair share; what is left goes to whoever of the
     * subscribers has least; then partitions move from a member to a subscriber that has at least two less, until none
     * does. Each move makes the shares more equal, so it ends; with different subscriptions it is cut after a few rounds.
     */
    private static final int ROUNDS_MAX = 10;

    @Override
    public String name() {
        return "uniform";
    }

    @Override
    public Map<String, Map<UUID, Set<Integer>>> assign(List<Member> members) {
        Map<String, Map<UUID, Set<Integer>>> assignment = new HashMap<>();
        members.forEach(member -> assignment.put(member.id(), new TreeMap<>()));
        if (!members.isEmpty()) {
            new Run(members, assignment).assign();
        }
        return assignment;
    }

    private record Slot(UUID topic, int partition) {}

    private static final class Share {
        private final Member member;
        private int count;

        private Share(Member member) {
            this.member = member;
        }

        private int count() {
            return count;
        }

        private String id() {
            return member.id();
        }
    }

    private static final class Run {
        private final Map<String, Map<UUID, Set<Integer>>> assignment;
        private final List<Share> shares;
        private final Map<UUID, Integer> topics = new TreeMap<>();
        private final Map<UUID, List<Share>> subscribers = new HashMap<>();
        private final Map<Slot, Share> owners = new LinkedHashMap<>();

        private Run(List<Member> members, Map<String, Map<UUID, Set<Integer>>> assignment) {
            this.assignment = assignment;
            this.shares = members.stream()
                    .sorted(Comparator.comparing(Member::id))
                    .map(Share::new)
                    .toList();
            for (Share share : shares) {
                topics.putAll(share.member.topics());
                share.member
                        .topics()
                        .keySet()
                        .forEach(topic -> subscribers
                                .computeIfAbsent(topic, id -> new ArrayList<>())
                                .add(share));
            }
        }

        private void assign() {
            boolean alike = subscribers.values().stream().allMatch(each -> each.size() == shares.size());
            int total = topics.values().stream().mapToInt(Integer::intValue).sum();
            keep(alike ? total / shares.size() : Integer.MAX_VALUE, alike ? total % shares.size() : 0);
            give();
            for (int round = 0; !alike && round < ROUNDS_MAX && balance(); round++) {
                // Once more.
            }
            owners.forEach((slot, share) ->
                    Partitions.add(assignment.getOrDefault(share.id(), Map.of()), slot.topic, slot.partition));
        }

        /** {@code extras} members may keep one more than {@code fair}. */
        private void keep(int fair, int extras) {
            int left = extras;
            for (Share share : shares) {
                for (Slot slot : kept(share.member)) {
                    boolean extra = share.count == fair && left > 0;
                    if (!owners.containsKey(slot) && (share.count < fair || extra)) {
                        own(slot, share);
                        left -= extra ? 1 : 0;
                    }
                }
            }
        }

        private List<Slot> kept(Member member) {
            List<Slot> slots = new ArrayList<>();
            new TreeMap<>(member.current())
                    .forEach((topic, partitions) -> partitions.stream()
                            .sorted()
                            .filter(partition -> partition < member.topics().getOrDefault(topic, 0))
                            .forEach(partition -> slots.add(new Slot(topic, partition))));
            return slots;
        }

        private void own(Slot slot, Share share) {
            owners.put(slot, share);
            share.count++;
        }

        private void give() {
            topics.forEach((topic, partitions) -> {
                PriorityQueue<Share> least = new PriorityQueue<>(
                        Comparator.comparingInt(Share::count).thenComparing(Share::id));
                least.addAll(subscribers.getOrDefault(topic, List.of()));
                for (int partition = 0; partition < partitions; partition++) {
                    Slot slot = new Slot(topic, partition);
                    if (!owners.containsKey(slot)) {
                        Share share = least.remove();
                        own(slot, share);
                        least.add(share);
                    }
                }
            });
        }

        private boolean balance() {
            boolean moved = false;
            for (Map.Entry<Slot, Share> entry : owners.entrySet()) {
                Share owner = entry.getValue();
                Share least = owner;
                for (Share candidate : subscribers.getOrDefault(entry.getKey().topic, List.of())) {
                    least = candidate.count < least.count ? candidate : least;
                }
                if (owner.count > least.count + 1) {
                    owner.count--;
                    least.count++;
                    entry.setValue(least);
                    moved = true;
                }
            }
            return moved;
        }
    }
}
