package io.tidemill.log;

/** One of those who may commit as a certain writer: the last that was opened. Used by one thread at a time. */
@FunctionalInterface
public interface LogWriter extends AutoCloseable {
    /**
     * As {@link Log#commit}. After {@code UNAVAILABLE} and {@code CONFLICT} the writer is of no further use: only by opening
     * another does one learn whether the commit was taken, because then it either is visible or never will be.
     */
    CommitResult commit(Commit commit);

    /** How many offsets the log itself takes after the records of each partition of a commit. */
    default int markerOffsets() {
        return 0;
    }

    /** Gives back what it holds; does not throw. */
    @Override
    default void close() {}
}
