package io.tidemill.groups;

import java.time.Duration;

/** Runs tasks later, on the coordinator's thread. */
@FunctionalInterface
public interface Timers {
    /** What cancels a task; of no effect once the task has begun. */
    @FunctionalInterface
    interface Handle {
        void cancel();
    }

    /** Runs {@code task} once, {@code delay} from now or somewhat later, never before this call returns. */
    Handle schedule(Duration delay, Runnable task);
}
