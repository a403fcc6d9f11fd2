package io.tidemill.doctor;

import io.tidemill.groups.Rebalance;
import io.tidemill.groups.Trigger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The group's rebalances in their order, and who came back after leaving. */
final class Chronicle {
    /** Entries that are looked at; of more, the newest. */
    static final int ENTRIES_MAX = 20_000;

    /** Triggers that are looked at, over all entries. */
    static final int EVENTS_MAX = 200_000;

    /** Abandoned rebalances list no members. */
    private static final int LISTED_WITHIN = 10;

    private final Observations observations;
    private final List<Rebalance> entries;
    private final List<Event> events = new ArrayList<>();
    private final int insane;
    private final boolean cut;
    private final Map<Event, Event> returns;
    private final Map<Event, Event> departures;
    private final Map<String, Integer> takeovers = new HashMap<>();
    private final IdentityHashMap<Rebalance, Double> unrelated = new IdentityHashMap<>();

    Chronicle(Observations observations) {
        this.observations = observations;
        List<Rebalance> sane = sane(observations);
        this.insane = observations.rebalances().size() - sane.size();
        List<Rebalance> inWindow = sane.stream()
                .filter(each -> each.group().equals(observations.group()) && isInWindow(each))
                .sorted(Comparator.comparingLong(Rebalance::startedAt)
                        .thenComparingLong(Rebalance::endedAt)
                        .thenComparingInt(Rebalance::generationAfter))
                .toList();
        this.cut = inWindow.size() > ENTRIES_MAX;
        this.entries = cut ? inWindow.subList(inWindow.size() - ENTRIES_MAX, inWindow.size()) : inWindow;
        gather();
        this.returns = Attendance.returns(events);
        this.departures = returns.entrySet().stream().collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));
    }

    private static List<Rebalance> sane(Observations observations) {
        return observations.rebalances().stream()
                .map(Sane::of)
                .flatMap(Optional::stream)
                .toList();
    }

    private boolean isInWindow(Rebalance entry) {
        Instant ended = Instant.ofEpochMilli(entry.endedAt());
        return !ended.isBefore(observations.from())
                && entry.startedAt() <= observations.to().toEpochMilli();
    }

    private void gather() {
        String protocol = null;
        for (int i = 0; i < entries.size(); i++) {
            protocol = entries.get(i).protocol() == null
                    ? protocol
                    : entries.get(i).protocol();
            for (int j = 0; j < entries.get(i).triggers().size() && events.size() < EVENTS_MAX; j++) {
                add(Event.of(i, j, entries.get(i), protocol));
            }
        }
    }

    private void add(Event event) {
        events.add(event);
        String instance = event.trigger().groupInstanceId();
        if (event.kind() == Trigger.Kind.STATIC_MEMBER_REPLACED && instance != null) {
            takeovers.merge(instance, 1, Integer::sum);
        }
    }

    /** How often another process took over the static id of {@code event}. */
    int takeovers(Event event) {
        String instance = event.trigger().groupInstanceId();
        return instance == null ? 0 : takeovers.getOrDefault(instance, 0);
    }

    /** {@link Members#unrelated()} of the rebalance, or of the last one before that lists its members. */
    double unrelated(Event event) {
        for (int i = event.entry(); i >= Math.max(0, event.entry() - LISTED_WITHIN); i--) {
            Rebalance entry = entries.get(i);
            if (!entry.members().isEmpty() || !entry.membersBefore().isEmpty()) {
                return unrelated.computeIfAbsent(entry, each -> Members.of(each).unrelated());
            }
        }
        return 0;
    }

    Observations observations() {
        return observations;
    }

    List<Rebalance> entries() {
        return entries;
    }

    /** Whether the entry is a rebalance, and not only a note of something that made none. */
    static boolean isRebalance(Rebalance entry) {
        return entry.outcome() != Rebalance.Outcome.COMPLETED || entry.generationBefore() != entry.generationAfter();
    }

    int rebalances() {
        return (int) entries.stream().filter(Chronicle::isRebalance).count();
    }

    /** By rebalance, then in the order of arrival. */
    List<Event> events() {
        return events;
    }

    int insane() {
        return insane;
    }

    boolean isCut() {
        return cut;
    }

    boolean isPolled() {
        return observations.isPolled();
    }

    /** When the client of a departure came back; null if it did not. */
    @Nullable
    Event returnOf(Event departure) {
        return returns.get(departure);
    }

    /** What an arrival is the return from; null if it is none. */
    @Nullable
    Event departureOf(Event arrival) {
        return departures.get(arrival);
    }

    /** The newest that ended with an assignment and lists its members; null if there is none. */
    @Nullable
    Rebalance lastCompleted() {
        for (int i = entries.size() - 1; i >= 0; i--) {
            Rebalance entry = entries.get(i);
            if (entry.outcome() == Rebalance.Outcome.EMPTIED) {
                return null;
            }
            if (entry.outcome() == Rebalance.Outcome.COMPLETED
                    && !entry.members().isEmpty()) {
                return entry;
            }
        }
        return null;
    }
}
