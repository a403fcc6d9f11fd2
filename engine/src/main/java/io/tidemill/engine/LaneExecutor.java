package io.tidemill.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Runs the parts of a step, side by side where that pays. Used by one thread at a time. */
final class LaneExecutor implements AutoCloseable {
    private final int lanes;
    private final ExecutorService helpers;

    LaneExecutor(String pipeline, int lanes) {
        this.lanes = lanes;
        AtomicInteger number = new AtomicInteger();
        this.helpers = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "tidemill-" + pipeline + "-lane-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Returns when all have run; throws what one of them threw. */
    void run(List<? extends Runnable> parts, boolean sideBySide) {
        if (lanes == 1 || !sideBySide || parts.size() == 1) {
            parts.forEach(Runnable::run);
            return;
        }
        AtomicInteger next = new AtomicInteger();
        Runnable worker = () -> {
            for (int i = next.getAndIncrement(); i < parts.size(); i = next.getAndIncrement()) {
                parts.get(i).run();
            }
        };
        List<Future<?>> others = new ArrayList<>();
        for (int i = 1; i < Math.min(lanes, parts.size()); i++) {
            others.add(helpers.submit(worker));
        }
        RuntimeException failure = null;
        try {
            worker.run();
        } catch (RuntimeException e) {
            failure = e;
        } catch (Error e) {
            // No part may still be at work on a task that is given up.
            next.set(parts.size());
            others.forEach(other -> join(other, null));
            throw e;
        }
        for (Future<?> other : others) {
            failure = join(other, failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable RuntimeException join(Future<?> other, @Nullable RuntimeException failure) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    other.get();
                    return failure;
                } catch (InterruptedException e) {
                    // A part must have ended before the step goes on: waiting is bounded by the user's functions.
                    interrupted = true;
                } catch (ExecutionException e) {
                    Throwable cause = e.getCause();
                    if (cause instanceof Error error) {
                        throw error;
                    }
                    return cause instanceof RuntimeException runtime ? runtime : new IllegalStateException(cause);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        helpers.shutdown();
    }
}
