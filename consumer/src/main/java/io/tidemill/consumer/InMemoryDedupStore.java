package io.tidemill.consumer;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers the newest events of this process. It finds repeats that a rebalance or a retry causes here. It cannot find
 * those after a restart, nor those in another process, nor those older than its bounds.
 */
public final class InMemoryDedupStore implements DedupStore {
    private record Entry(Instant begun, boolean finished) {}

    private final int eventsMax;
    private final Duration ageMax;
    private final InstantSource clock;
    private final Map<String, Entry> events = new LinkedHashMap<>();

    private InMemoryDedupStore(int eventsMax, Duration ageMax, InstantSource clock) {
        this.eventsMax = eventsMax;
        this.ageMax = ageMax;
        this.clock = clock;
    }

    /** Forgets the oldest beyond either bound. */
    public static InMemoryDedupStore upTo(int eventsMax, Duration ageMax) {
        return upTo(eventsMax, ageMax, InstantSource.system());
    }

    static InMemoryDedupStore upTo(int eventsMax, Duration ageMax, InstantSource clock) {
        Checks.positive(eventsMax, "the events to remember");
        Checks.positive(ageMax, "the age of events to remember");
        return new InMemoryDedupStore(eventsMax, ageMax, clock);
    }

    @Override
    public synchronized Known begin(String eventId) {
        removeOld();
        Entry known = events.putIfAbsent(eventId, new Entry(clock.instant(), false));
        if (known == null) {
            return Known.FIRST;
        }
        return known.finished ? Known.FINISHED : Known.UNFINISHED;
    }

    private void removeOld() {
        Instant oldest = clock.instant().minus(ageMax);
        Iterator<Entry> eldestFirst = events.values().iterator();
        int tooMany = events.size() - eventsMax + 1;
        while (eldestFirst.hasNext()) {
            boolean old = eldestFirst.next().begun.isBefore(oldest);
            if (!old && tooMany <= 0) {
                return;
            }
            eldestFirst.remove();
            tooMany--;
        }
    }

    @Override
    public synchronized void finish(String eventId) {
        events.computeIfPresent(eventId, (id, entry) -> new Entry(entry.begun, true));
    }

    @Override
    public synchronized void forget(String eventId) {
        events.computeIfPresent(eventId, (id, entry) -> entry.finished ? entry : null);
    }
}
