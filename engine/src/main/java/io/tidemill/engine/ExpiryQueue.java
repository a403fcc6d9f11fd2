package io.tidemill.engine;

import io.tidemill.api.process.TimeDomain;
import io.tidemill.engine.RowOperator.Slot;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;

/** Which state of a lane expires when. What is written again is looked at when it would have expired. Not thread-safe. */
final class ExpiryQueue {
    private final PriorityQueue<Expiry> event = new PriorityQueue<>(Comparator.comparingLong(Expiry::at));
    private final PriorityQueue<Expiry> processing = new PriorityQueue<>(Comparator.comparingLong(Expiry::at));

    private record Expiry(long at, KeyRows of, StateEntry entry, long millis) {}

    void add(KeyRows of, StateEntry entry, Slot slot) {
        if (entry.writtenAt < StateEntry.FOREVER) {
            add(queue(slot.domain()), new Expiry(entry.writtenAt + slot.ttlMillis(), of, entry, slot.ttlMillis()));
        }
    }

    private static void add(PriorityQueue<Expiry> queue, Expiry expiry) {
        if (expiry.at < expiry.entry.expiryQueuedAt) {
            expiry.entry.expiryQueuedAt = expiry.at;
            queue.add(expiry);
        }
    }

    private PriorityQueue<Expiry> queue(TimeDomain domain) {
        return domain == TimeDomain.EVENT_TIME ? event : processing;
    }

    /** Hands over what has expired at {@code now}, what expired first first, at most so much. */
    void expire(TimeDomain domain, long now, int atMost, BiConsumer<KeyRows, StateEntry> expired) {
        PriorityQueue<Expiry> queue = queue(domain);
        int left = atMost;
        for (Expiry next = queue.peek(); next != null && next.at <= now && left > 0; next = queue.peek()) {
            queue.remove();
            StateEntry entry = next.entry;
            if (next.at != entry.expiryQueuedAt) {
                continue;
            }
            entry.expiryQueuedAt = StateEntry.NOT_QUEUED;
            if (entry.value == null || entry.writtenAt >= StateEntry.FOREVER) {
                continue;
            }
            if (entry.writtenAt + next.millis > now) {
                add(queue, new Expiry(entry.writtenAt + next.millis, next.of, entry, next.millis));
            } else {
                left--;
                expired.accept(next.of, entry);
            }
        }
    }
}
