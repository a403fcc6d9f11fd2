package io.tidemill.consumer;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that handle records. A lane that is to be run is held by this class until it is empty. */
final class Workers {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final int INTERRUPTED_SECONDS_MAX = 1;

    /** What workers tell the polling thread. Called by any thread; must not block. */
    interface Listener {
        /** Something is done, or room has come. */
        void progressed();

        /** The consumer cannot go on. */
        void failed(Throwable failure);

        /** The partition was claimed by another process. */
        void fenced(Progress progress);
    }

    private final Flight flight;
    private final Runner runner;
    private final Failures failures;
    private final FailureStrategy.Outcome outcome;
    private final Listener listener;
    private final ExecutorService threads;
    private final ScheduledExecutorService timer;
    private final ThreadGroup group;
    private final AtomicLong failureCount = new AtomicLong();
    private final AtomicLong discardCount = new AtomicLong();

    Workers(
            Settings<?, ?, ?> settings,
            Flight flight,
            Runner runner,
            ScheduledExecutorService timer,
            Listener listener) {
        this.flight = flight;
        this.runner = runner;
        this.failures =
                new Failures(settings.failureStrategy(), settings.client().group(), settings.environment());
        this.outcome = settings.failureStrategy().outcome();
        this.listener = listener;
        this.timer = timer;
        this.group = new ThreadGroup(settings.client().group() + "-workers");
        this.threads = Executors.newFixedThreadPool(settings.limits().concurrency(), named(group));
    }

    private static ThreadFactory named(ThreadGroup group) {
        AtomicInteger number = new AtomicInteger();
        return runnable -> new Thread(group, runnable, group.getName() + "-" + number.incrementAndGet());
    }

    /** Whether the calling thread is one of them. */
    boolean isWorker() {
        return Thread.currentThread().getThreadGroup() == group;
    }

    void submit(List<Lane> lanes) {
        lanes.forEach(this::submit);
    }

    private void submit(Lane lane) {
        try {
            threads.execute(() -> run(lane));
        } catch (RejectedExecutionException e) {
            LOG.debug("A record of {} is left: the workers have stopped", lane.key.partition());
        }
    }

    private void run(Lane lane) {
        try {
            List<Task> tasks = flight.take(lane, runner.recordsMax());
            if (!tasks.isEmpty()) {
                run(lane, tasks);
            }
        } catch (Throwable e) {
            LOG.error("A worker failed at {}", lane.key.partition(), e);
            listener.failed(e);
        }
    }

    private void run(Lane lane, List<Task> tasks) {
        Runner.Result result = runner.run(tasks);
        Thread.interrupted(); // an interrupt was meant for the handler
        List<Task> left = tasks.subList(result.done(), tasks.size());
        Throwable failure = result.failure();
        if (failure == null) {
            goOn(lane, left);
        } else {
            failed(lane, left, failure, result.kind());
        }
        listener.progressed();
    }

    private void goOn(Lane lane, List<Task> left) {
        flight.putBack(lane, left);
        submit(lane);
    }

    private void failed(Lane lane, List<Task> left, Throwable failure, Runner.Kind kind) {
        Task first = left.get(0);
        if (!flight.owns(first)) {
            goOn(lane, left);
        } else if (kind == Runner.Kind.FENCED) {
            fenced(lane, left);
        } else {
            failureCount.incrementAndGet();
            decide(lane, left, failures.on(first, failure, kind == Runner.Kind.RECORD));
        }
    }

    private void fenced(Lane lane, List<Task> left) {
        flight.halt(List.of(left.get(0).partition()));
        listener.fenced(left.get(0).progress);
        goOn(lane, left);
    }

    private void decide(Lane lane, List<Task> left, Failures.Verdict verdict) {
        if (verdict instanceof Failures.Verdict.RetryAfter retry) {
            flight.putBack(lane, left);
            later(lane, retry.delay());
        } else if (verdict instanceof Failures.Verdict.Discard discard) {
            discard(lane, left, discard.failed());
        } else if (verdict instanceof Failures.Verdict.Stop stop) {
            stop(lane, left, stop.failure());
        }
    }

    private void later(Lane lane, Duration delay) {
        try {
            Future<?> unused = timer.schedule(() -> submit(lane), delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("A retry for {} is left: the workers have stopped", lane.key.partition());
        }
    }

    private void discard(Lane lane, List<Task> left, FailedRecord failed) {
        try {
            runner.discard(left.get(0), failed, outcome);
        } catch (JdbcRunner.FencedException e) {
            fenced(lane, left);
            return;
        } catch (Exception e) {
            e.addSuppressed(failed.failure());
            stop(lane, left, e);
            return;
        }
        discardCount.incrementAndGet();
        goOn(lane, left.subList(1, left.size()));
    }

    private void stop(Lane lane, List<Task> left, Throwable failure) {
        flight.stop(lane, left);
        listener.failed(failure);
    }

    long failures() {
        return failureCount.get();
    }

    long discarded() {
        return discardCount.get();
    }

    /** Stops the threads; interrupts those that still handle, and gives them a moment. */
    void close() {
        timer.shutdownNow();
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(INTERRUPTED_SECONDS_MAX, TimeUnit.SECONDS)) {
                LOG.warn("Handlers of {} do not end when they are interrupted", group.getName());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        runner.close();
    }
}
