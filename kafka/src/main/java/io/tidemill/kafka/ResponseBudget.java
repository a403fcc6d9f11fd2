package io.tidemill.kafka;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The memory that answers may take until they are sent. Who does not get it waits, first come, first served. Thread-safe.
 */
final class ResponseBudget {
    private final long bytesMax;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private long available;

    private record Waiting(long bytes, Runnable granted) {}

    ResponseBudget(long bytesMax) {
        this.bytesMax = bytesMax;
        available = bytesMax;
    }

    /**
     * Takes {@code bytes} now and returns true, or takes them later and then runs {@code granted}, on any thread. Who asks
     * for more than there is gets it when nobody else has any.
     */
    synchronized boolean reserve(long bytes, Runnable granted) {
        if (waiting.isEmpty() && fits(bytes)) {
            available -= bytes;
            return true;
        }
        waiting.add(new Waiting(bytes, granted));
        return false;
    }

    private boolean fits(long bytes) {
        return available >= Math.min(bytes, bytesMax);
    }

    /** Takes what is needed beyond a reservation, or gives back what was not needed (negative). */
    void adjust(long bytes) {
        if (bytes < 0) {
            release(-bytes);
        } else {
            synchronized (this) {
                available -= bytes;
            }
        }
    }

    void release(long bytes) {
        List<Runnable> granted = new ArrayList<>();
        synchronized (this) {
            available += bytes;
            while (!waiting.isEmpty() && fits(waiting.getFirst().bytes())) {
                Waiting next = waiting.removeFirst();
                available -= next.bytes();
                granted.add(next.granted());
            }
        }
        granted.forEach(Runnable::run);
    }

    synchronized long usedBytes() {
        return bytesMax - available;
    }
}
