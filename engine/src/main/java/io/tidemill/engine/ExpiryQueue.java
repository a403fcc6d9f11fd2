package io.tidemill.engine;

import io.tidemill.api.process.TimeDomain;
import io.tidemill.api.process.Ttl;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;

/** Which state of a lane expires when. An entry is in it once, however often it was written. Not thread-safe. */
final class ExpiryQueue {
    private final PriorityQueue<Expiry> event = new PriorityQueue<>(Comparator.comparingLong(Expiry::at));
    private final PriorityQueue<Expiry> processing = new PriorityQueue<>(Comparator.comparingLong(Expiry::at));

    private record Expiry(long at, KeyRows of, StateEntry entry, long millis) {}

    void add(KeyRows of, StateEntry entry, Ttl ttl) {
        if (!entry.awaitsExpiry) {
            entry.awaitsExpiry = true;
            long millis = ttl.duration().toMillis();
            queue(ttl.domain()).add(new Expiry(entry.writtenAt + millis, of, entry, millis));
        }
    }

    private PriorityQueue<Expiry> queue(TimeDomain domain) {
        return domain == TimeDomain.EVENT_TIME ? event : processing;
    }

    /** Hands over what has expired at {@code now}, at most so much. */
    void expire(TimeDomain domain, long now, int atMost, BiConsumer<KeyRows, StateEntry> expired) {
        PriorityQueue<Expiry> queue = queue(domain);
        int left = atMost;
        for (Expiry next = queue.peek(); next != null && next.at <= now && left > 0; next = queue.peek()) {
            queue.remove();
            StateEntry entry = next.entry;
            if (entry.value == null) {
                entry.awaitsExpiry = false;
            } else if (entry.writtenAt + next.millis > now) {
                queue.add(new Expiry(entry.writtenAt + next.millis, next.of, entry, next.millis));
            } else {
                entry.awaitsExpiry = false;
                left--;
                expired.accept(next.of, entry);
            }
        }
    }
}
