package io.tidemill.kafka;

import java.util.TreeSet;

/** Tasks to be run later by the one thread that owns the queue. */
final class TimerQueue {
    private final TreeSet<Timer> timers = new TreeSet<>();
    private long created;

    /** A task; cancelled by {@link TimerQueue#cancel}. */
    record Timer(long atNanos, long number, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            int byTime = Long.signum(atNanos - other.atNanos);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    Timer at(long atNanos, Runnable task) {
        Timer timer = new Timer(atNanos, created++, task);
        timers.add(timer);
        return timer;
    }

    void cancel(Timer timer) {
        timers.remove(timer);
    }

    void runDue(long nowNanos) {
        while (!timers.isEmpty() && timers.first().atNanos() - nowNanos <= 0) {
            timers.pollFirst().task().run();
        }
    }

    /** How long until the next task is due: 0 or more, {@code atMost} or less. */
    long nanosToNext(long nowNanos, long atMost) {
        return timers.isEmpty()
                ? atMost
                : Math.max(0, Math.min(atMost, timers.first().atNanos() - nowNanos));
    }
}
