package io.tidemill.log;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Runs chores from time to time. Chores of one scheduler never overlap. */
public interface Scheduler extends AutoCloseable {
    /** Leaves it to whoever opens the log; run by nobody, it does nothing. */
    Scheduler DEFAULT = none();

    /** Runs {@code chore} again and again, {@code period} after it last ended, until the returned handle is run. */
    Runnable every(Duration period, Runnable chore);

    /**
     * For a chore that is long, on the thread that runs it: lets so much time pass before it goes on. Other chores of this
     * scheduler wait meanwhile. A scheduler of real time should override it; where time is not real none needs to pass.
     */
    default void rest(Duration time) {}

    @Override
    void close();

    /** Runs chores on a daemon thread of its own. */
    static Scheduler threaded(String name) {
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        return new Scheduler() {
            @Override
            public Runnable every(Duration period, Runnable chore) {
                long nanos = period.toNanos();
                ScheduledFuture<?> handle = executor.scheduleWithFixedDelay(chore, nanos, nanos, TimeUnit.NANOSECONDS);
                return () -> handle.cancel(false);
            }

            @Override
            public void rest(Duration time) {
                // Not by sleeping: a chore that is interrupted must come to its end.
                LockSupport.parkNanos(time.toNanos());
            }

            @Override
            public void close() {
                executor.shutdownNow();
            }
        };
    }

    /** Runs nothing: for a log whose owner calls its chores. */
    static Scheduler none() {
        return new Scheduler() {
            @Override
            public Runnable every(Duration period, Runnable chore) {
                return () -> {};
            }

            @Override
            public void close() {}
        };
    }
}
