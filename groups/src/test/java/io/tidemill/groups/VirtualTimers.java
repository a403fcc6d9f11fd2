package io.tidemill.groups;

import io.tidemill.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Runs tasks when {@link #advance} passes their time. */
final class VirtualTimers implements Timers {
    final VirtualClock clock = new VirtualClock();
    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparing(Task::due).thenComparingLong(Task::order));
    private long scheduled;

    private record Task(Instant due, long order, Runnable action) {}

    @Override
    public Handle schedule(Duration delay, Runnable action) {
        Task task = new Task(clock.instant().plus(delay), scheduled++, action);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    void advance(Duration by) {
        Instant until = clock.instant().plus(by);
        for (Task next = tasks.peek(); next != null && !next.due.isAfter(until); next = tasks.peek()) {
            tasks.remove(next);
            clock.set(next.due.isAfter(clock.instant()) ? next.due : clock.instant());
            next.action.run();
        }
        clock.set(until);
    }

    /** Those of a coordinator that is gone. */
    void clear() {
        tasks.clear();
    }

    int size() {
        return tasks.size();
    }
}
