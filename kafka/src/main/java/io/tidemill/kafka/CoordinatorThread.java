package io.tidemill.kafka;

import io.tidemill.groups.Timers;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what may wait for the disk: groups and administration. What waits is bounded by the requests that connections may have
 * under way, and by the groups' timers.
 */
final class CoordinatorThread implements Executor, Timers {
    private static final Logger LOGGER = LoggerFactory.getLogger(KafkaServer.class);

    private final ScheduledThreadPoolExecutor executor;

    CoordinatorThread() {
        executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "tidemill-kafka-coordinator");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void execute(Runnable task) {
        try {
            executor.execute(guarded(task));
        } catch (RejectedExecutionException e) {
            LOGGER.debug("the server is closed", e);
        }
    }

    @Override
    public Handle schedule(Duration delay, Runnable task) {
        ScheduledFuture<?> handle = executor.schedule(guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> handle.cancel(false);
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOGGER.error("a task of the coordinator failed", e);
            }
        };
    }

    /** Finishes what was begun. */
    void close(Duration atMost) throws InterruptedException {
        executor.shutdown();
        if (!executor.awaitTermination(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            executor.shutdownNow();
        }
    }
}
