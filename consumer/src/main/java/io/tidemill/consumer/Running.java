package io.tidemill.consumer;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The polling thread, and the user's view of it. */
final class Running implements RunningConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(Running.class);

    private final String group;
    private final PollLoop loop;
    private final Flight flight;
    private final Workers workers;
    private final CompletableFuture<Void> termination = new CompletableFuture<>();
    private final Thread thread;

    Running(String group, PollLoop loop, Flight flight, Workers workers) {
        this.group = group;
        this.loop = loop;
        this.flight = flight;
        this.workers = workers;
        this.thread = new Thread(this::run, group + "-poll");
    }

    void start() {
        thread.start();
    }

    private void run() {
        attempt(loop::run);
        attempt(loop::close);
        Throwable failure = loop.failure();
        if (failure == null) {
            termination.complete(null);
        } else {
            LOG.error("The consumer of group {} stopped", group, failure);
            termination.completeExceptionally(new ConsumerFailedException(group, failure));
        }
    }

    private void attempt(Runnable part) {
        try {
            part.run();
        } catch (Throwable e) {
            loop.fail(e);
        }
    }

    @Override
    public ConsumerStatus status() {
        return new ConsumerStatus(
                state(),
                flight.recordsInFlight(),
                flight.bytesInFlight(),
                flight.handled(),
                workers.failures(),
                workers.discarded(),
                loop.rebalances(),
                loop.partitions(),
                Optional.ofNullable(loop.failure()));
    }

    private ConsumerStatus.State state() {
        if (!termination.isDone()) {
            return loop.isStopping() ? ConsumerStatus.State.STOPPING : ConsumerStatus.State.RUNNING;
        }
        return loop.failure() == null ? ConsumerStatus.State.STOPPED : ConsumerStatus.State.FAILED;
    }

    @Override
    public CompletionStage<Void> termination() {
        return termination.minimalCompletionStage();
    }

    @Override
    public boolean awaitTermination(Duration time) throws InterruptedException {
        try {
            termination.get(time.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new ConsumerFailedException(group, rootOf(e));
        }
    }

    private static Throwable rootOf(ExecutionException e) {
        @Nullable Throwable failed = e.getCause();
        @Nullable Throwable cause = failed == null ? null : failed.getCause();
        return cause == null ? e : cause;
    }

    @Override
    public void close() {
        loop.stop();
        if (!workers.isWorker() && Thread.currentThread() != thread) {
            termination.exceptionally(failure -> null).join();
        }
    }
}
