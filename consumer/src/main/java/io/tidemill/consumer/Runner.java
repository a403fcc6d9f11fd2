package io.tidemill.consumer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a delivery has records handled. Called by workers, several at once, each with records of one lane. */
interface Runner {
    /** The most records for one {@link #run}. */
    int recordsMax();

    /** Handles records from the first on; marks those done in the flight. Throws nothing but errors of the virtual machine. */
    Result run(List<Task> tasks);

    /** Ends with a record without handling it, and marks it done. */
    void discard(Task task, FailedRecord failed, FailureStrategy.Outcome outcome) throws Exception;

    /** Lets go of what it holds. */
    void close();

    /**
     * What came of it.
     *
     * @param done so many records, from the first on
     * @param failure of the next record, if it was begun
     * @param kind whose fault it is
     */
    record Result(int done, @Nullable Throwable failure, Kind kind) {
        static Result done(int records) {
            return new Result(records, null, Kind.RECORD);
        }

        static Result failed(Throwable failure) {
            return new Result(0, failure, Kind.RECORD);
        }

        static Result unavailable(Throwable failure) {
            return new Result(0, failure, Kind.UNAVAILABLE);
        }

        static Result fenced(Throwable failure) {
            return new Result(0, failure, Kind.FENCED);
        }
    }

    /** Whose fault a failure is. */
    enum Kind {
        RECORD,
        /** What the records go to does not answer. */
        UNAVAILABLE,
        /** The partition has another owner. */
        FENCED
    }
}
