package io.tidemill.engine;

import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A pipeline that runs on a thread of its own until it is stopped or fails. Thread-safe. */
public final class PipelineRun implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(PipelineRun.class);
    private static final long WAIT_MILLIS_MAX = 100;
    private static final long RETRY_AFTER_MILLIS = 1_000;
    private static final long LEDGER_EVERY_NANOS = 100_000_000;

    private final String name;
    private final Log log;
    private final Trigger trigger;
    private final Tasks tasks;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<@Nullable CompletableFuture<CorrectionSummary>> correction = new AtomicReference<>();
    private volatile boolean stopping;
    private volatile @Nullable Throwable failure;
    private volatile Ledger ledger;
    private volatile SortedSet<TopicPartition> heldBack = Collections.emptySortedSet();
    private boolean ledgerIsOld;
    private long ledgerMadeAt = System.nanoTime();

    PipelineRun(String name, Log log, Trigger trigger, Tasks tasks) {
        this.name = name;
        this.log = log;
        this.trigger = trigger;
        this.tasks = tasks;
        PipelineTask first = tasks.open();
        this.ledger = first.ledger();
        this.thread = new Thread(() -> run(first), "tidemill-" + name);
        this.thread.setDaemon(true);
        this.thread.start();
    }

    private void run(PipelineTask first) {
        @Nullable PipelineTask task = first;
        try {
            while (!stopping) {
                try {
                    if (task == null) {
                        task = tasks.open();
                    }
                    work(task);
                } catch (LogException e) {
                    PipelineTask failed = task;
                    task = null;
                    closeAfter(e, failed);
                    if (!tasks.canRetry(e)) {
                        throw e;
                    }
                    LOGGER.warn("Pipeline '{}' tries again: {}", name, e.getMessage());
                    pause(RETRY_AFTER_MILLIS);
                }
            }
        } catch (RuntimeException | Error e) {
            failure = e;
            LOGGER.error("Pipeline '{}' has stopped: {}", name, e.getMessage());
            LOGGER.debug("Pipeline '{}' has stopped", name, e);
        } finally {
            try {
                if (task != null) {
                    task.close();
                }
            } catch (RuntimeException | Error e) {
                if (failure == null) {
                    failure = e;
                }
                LOGGER.error("Pipeline '{}' has not ended cleanly: {}", name, e.getMessage(), e);
            } finally {
                ended.countDown();
            }
        }
    }

    private static void closeAfter(LogException failure, @Nullable PipelineTask task) {
        try {
            if (task != null) {
                task.close();
            }
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private void work(PipelineTask task) {
        long nextTick = System.nanoTime();
        while (!stopping) {
            long seen = log.changes();
            PipelineTask.Step step = task.stepLive();
            ledgerIsOld |= step.committed();
            heldBack = Collections.unmodifiableSortedSet(task.heldBack());
            correctIfAsked(task);
            updateLedger(task, false);
            if (!step.hasMore()) {
                if (trigger instanceof Trigger.Every every) {
                    nextTick = pauseUntilTick(nextTick, every.period());
                } else {
                    awaitRecords(seen);
                }
            }
        }
        updateLedger(task, true);
    }

    private void correctIfAsked(PipelineTask task) {
        if (correction.get() == null) {
            return;
        }
        // A commit that failed is no failure of the correction, which the next task can serve.
        task.settle();
        CompletableFuture<CorrectionSummary> asked = correction.getAndSet(null);
        if (asked != null) {
            try {
                asked.complete(new Stepper(task).correct());
                ledgerIsOld = true;
            } catch (RuntimeException | Error e) {
                asked.completeExceptionally(e);
                throw e;
            }
        }
    }

    /**
     * Folds in all late records that are there, between two steps. Blocks until it is done; throws
     * {@link PipelineException} if the run ends before.
     */
    public CorrectionSummary correct() {
        CompletableFuture<CorrectionSummary> mine = new CompletableFuture<>();
        while (!correction.compareAndSet(null, mine)) {
            requireRunning();
            pause(1);
        }
        while (true) {
            try {
                return mine.get(WAIT_MILLIS_MAX, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (!mine.isDone()) {
                    requireRunning();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new PipelineException("interrupted while pipeline '" + name + "' was being corrected", e);
            } catch (ExecutionException e) {
                throw new PipelineException("the correction of '" + name + "' failed: " + e.getCause(), e);
            }
        }
    }

    private void requireRunning() {
        if (!isRunning()) {
            throw new PipelineException("pipeline '" + name + "' has stopped before it could be corrected");
        }
    }

    /** The ledger of many windows is not made anew for every commit of a millisecond. */
    private void updateLedger(PipelineTask task, boolean now) {
        long time = System.nanoTime();
        if (ledgerIsOld && (now || time - ledgerMadeAt > LEDGER_EVERY_NANOS)) {
            task.settle();
            ledger = task.ledger();
            ledgerMadeAt = time;
            ledgerIsOld = false;
        }
    }

    private void awaitRecords(long seen) {
        try {
            log.awaitChange(seen, Duration.ofMillis(WAIT_MILLIS_MAX));
        } catch (InterruptedException e) {
            stopping = true;
        }
    }

    private long pauseUntilTick(long lastTick, Duration period) {
        long next = lastTick + period.toNanos();
        long now = System.nanoTime();
        while (!stopping && now < next) {
            pause(Math.min(WAIT_MILLIS_MAX, Math.max(1, (next - now) / 1_000_000)));
            now = System.nanoTime();
        }
        return Math.max(next, now - period.toNanos());
    }

    private void pause(long millis) {
        try {
            if (!stopping) {
                TimeUnit.MILLISECONDS.sleep(millis);
            }
        } catch (InterruptedException e) {
            stopping = true;
        }
    }

    /** The ledger as it was after a recent step: with a continuous trigger, at most a fifth of a second ago. */
    public Ledger ledger() {
        return ledger;
    }

    /**
     * Partitions of sources that were not read in the last step because they are further ahead of others, in event time, than
     * {@link EngineOptions#driftMax}.
     */
    public SortedSet<TopicPartition> heldBack() {
        return heldBack;
    }

    /** Whether it is still at work. */
    public boolean isRunning() {
        return ended.getCount() > 0;
    }

    /** Why it has stopped by itself; null if it has not. */
    public @Nullable Throwable failure() {
        return failure;
    }

    /** Waits for it to end, at most so long; whether it has. */
    public boolean await(Duration atMost) throws InterruptedException {
        return ended.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Lets the step at work finish, then stops. */
    @Override
    public void close() {
        stopping = true;
        boolean interrupted = false;
        while (true) {
            try {
                ended.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
