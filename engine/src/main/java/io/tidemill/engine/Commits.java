package io.tidemill.engine;

import io.tidemill.log.Commit;
import io.tidemill.log.LogWriter;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline's commits, one after the other; the last may still be under way while the next step is taken. After a commit that
 * failed there is no other: what failed is told to whoever commits next, or waits. Used by one thread.
 */
final class Commits implements AutoCloseable {
    private final LogWriter writer;
    private final ExecutorService thread;
    private @Nullable Future<?> underWay;

    Commits(LogWriter writer, String pipeline) {
        this.writer = writer;
        this.thread = Executors.newSingleThreadExecutor(task -> {
            Thread made = new Thread(task, "tidemill-" + pipeline + "-commit");
            made.setDaemon(true);
            return made;
        });
    }

    /** How many offsets the log takes after the records of each partition of a commit. */
    int markerOffsets() {
        return writer.markerOffsets();
    }

    /** Returns when it is done. */
    void commit(Commit commit) {
        await();
        write(commit);
    }

    /** Returns when the one before is done. */
    void begin(Commit commit) {
        await();
        underWay = thread.submit(() -> write(commit));
    }

    private void write(Commit commit) {
        int taken = writer.commit(commit).markerOffsets();
        if (taken != writer.markerOffsets()) {
            throw new IllegalStateException(
                    "the log took " + taken + " offsets behind the records of a commit, and had said "
                            + writer.markerOffsets() + ": its LogWriter.markerOffsets() is wrong");
        }
    }

    /** Returns when nothing is under way; throws what the last commit threw. */
    void await() {
        Future<?> last = underWay;
        if (last == null) {
            return;
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    last.get();
                    underWay = null;
                    return;
                } catch (InterruptedException e) {
                    // Nobody knows what is committed before it has ended; the log bounds how long that takes.
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException runtime ? runtime : new IllegalStateException(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits for the last one, whatever becomes of it; does not throw. */
    @Override
    public void close() {
        try {
            await();
        } catch (RuntimeException | Error e) {
            // It was told to whom it concerned, or the task was given up for another failure: the log says what was
            // committed.
        } finally {
            thread.shutdown();
            writer.close();
        }
    }
}
