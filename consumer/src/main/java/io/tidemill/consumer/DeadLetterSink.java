package io.tidemill.consumer;

/** Keeps records for which no retry is left. */
@FunctionalInterface
public interface DeadLetterSink {
    /**
     * Called on a worker thread, by several at once; it may block. When it returns the record is done and its offset may be
     * committed, so the record must be safe by then, or put into the context. It may be called again for the same record
     * after a crash, except for what went into the context's transaction. If it throws, the consumer stops and the record
     * is not committed.
     */
    void accept(FailedRecord failed, FailureContext context) throws Exception;
}
