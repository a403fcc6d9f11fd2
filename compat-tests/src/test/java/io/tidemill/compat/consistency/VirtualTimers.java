package io.tidemill.compat.consistency;

import io.tidemill.groups.Timers;
import io.tidemill.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;

/** A coordinator's timers, run when somebody asks for those that are due. */
final class VirtualTimers implements Timers {
    private final VirtualClock clock;
    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparing(Task::due).thenComparingLong(Task::order));
    private long scheduled;

    VirtualTimers(VirtualClock clock) {
        this.clock = clock;
    }

    private record Task(Instant due, long order, Runnable action) {}

    @Override
    public Handle schedule(Duration delay, Runnable action) {
        Task task = new Task(clock.instant().plus(delay), scheduled++, action);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    void runDue() {
        for (Optional<Task> next = due(); next.isPresent(); next = due()) {
            tasks.remove(next.get());
            next.get().action.run();
        }
    }

    private Optional<Task> due() {
        return Optional.ofNullable(tasks.peek()).filter(task -> !task.due.isAfter(clock.instant()));
    }

    /** Those of a coordinator that is gone. */
    void clear() {
        tasks.clear();
    }
}
