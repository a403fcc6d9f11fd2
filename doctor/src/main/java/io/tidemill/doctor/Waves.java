package io.tidemill.doctor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Comings and goings without a cause of their own, cut into waves. In a wave nobody leaves who came in it. A rolling deploy
 * is one wave: those who were there leave, others come for them, and stay. Churn is many small waves, one after another.
 */
final class Waves {
    /** After so long without anything the next wave begins. */
    private static final long QUIET_MILLIS = 600_000;

    private static final int CHURN_WAVES = 3;

    static final class Wave {
        private final int membersAtStart;
        private final List<Event> departures = new ArrayList<>();
        private final List<Event> arrivals = new ArrayList<>();
        private final Set<String> newcomers = new HashSet<>();
        private long lastAt;

        private Wave(int membersAtStart) {
            this.membersAtStart = membersAtStart;
        }

        List<Event> departures() {
            return departures;
        }

        List<Event> arrivals() {
            return arrivals;
        }

        long firstAt() {
            return departures.get(0).at();
        }

        long lastAt() {
            return lastAt;
        }

        /** Half of the group or more left, and others came for at least three quarters of them. */
        private boolean replacesHalf() {
            int left = departures.size();
            return left > 0 && 2 * left >= membersAtStart && 4 * arrivals.size() >= 3 * left;
        }
    }

    private final List<Wave> waves = new ArrayList<>();
    private final Map<Event, Wave> byEvent = new HashMap<>();
    private final Map<String, Long> joinedAt = new HashMap<>();
    private final List<Long> lifetimes = new ArrayList<>();
    private final boolean churns;

    private Waves(List<Event> events) {
        events.stream().sorted(Comparator.comparingLong(Event::at)).forEach(this::add);
        this.churns = churning();
    }

    /** @param plain tells departures that have no cause of their own; so do arrivals */
    static Waves of(Chronicle chronicle, Predicate<Event> plain) {
        return new Waves(chronicle.events().stream()
                .filter(each -> each.isDeparture() || each.isArrival())
                .filter(plain)
                .toList());
    }

    private void add(Event event) {
        Wave wave = waveFor(event);
        byEvent.put(event, wave);
        wave.lastAt = event.at();
        String member = String.valueOf(event.trigger().memberId());
        if (event.isArrival()) {
            wave.arrivals.add(event);
            wave.newcomers.add(member);
            joinedAt.put(member, event.at());
        } else {
            wave.departures.add(event);
            Long joined = joinedAt.remove(member);
            if (joined != null) {
                lifetimes.add(event.at() - joined);
            }
        }
    }

    private Wave waveFor(Event event) {
        Wave last = waves.isEmpty() ? null : waves.get(waves.size() - 1);
        String member = String.valueOf(event.trigger().memberId());
        if (last == null
                || event.at() - last.lastAt > QUIET_MILLIS
                || (event.isDeparture() && last.newcomers.contains(member))) {
            last = new Wave(event.rebalance().membersBeforeCount());
            waves.add(last);
        }
        return last;
    }

    private boolean churning() {
        List<Wave> leaving =
                waves.stream().filter(each -> !each.departures.isEmpty()).toList();
        if (leaving.size() < CHURN_WAVES) {
            return false;
        }
        List<Long> apart = new ArrayList<>();
        for (int i = 1; i < leaving.size(); i++) {
            apart.add(leaving.get(i).firstAt() - leaving.get(i - 1).firstAt());
        }
        return lifetimes.size() >= 2 && Numbers.median(apart) <= QUIET_MILLIS;
    }

    /** Whether members come and go again and again. */
    boolean churns() {
        return churns;
    }

    /** How long those lived who both came and left. */
    List<Long> lifetimes() {
        return lifetimes;
    }

    @Nullable
    Wave of(Event event) {
        return byEvent.get(event);
    }

    boolean isDeploy(@Nullable Wave wave) {
        return wave != null && !churns && wave.replacesHalf();
    }

    /** Whether somebody left in it. */
    static boolean moves(@Nullable Wave wave) {
        return wave != null && !wave.departures.isEmpty();
    }
}
