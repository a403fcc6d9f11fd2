package io.tidemill.consumer;

import java.util.function.Consumer;

/**
 * What becomes of a record whose handler throws or that cannot be decoded: it is tried again, and when that is over, one of
 * three things happens, a closed set. Whatever it is, it is counted in {@link ConsumerStatus}.
 *
 * <p>Failures that are not the record's always stop the consumer, because an outage must not fill a dead letter topic: a
 * database of {@link JdbcTransactions} that cannot be reached after it was tried again, a dead letter that cannot be stored at
 * once.
 */
public final class FailureStrategy {
    /** What happens when no retry is left. */
    sealed interface Outcome {
        record Stop() implements Outcome {}

        record Skip(Consumer<FailedRecord> callback) implements Outcome {}

        record DeadLetter(DeadLetterSink sink) implements Outcome {}
    }

    private final Retry retry;
    private final Outcome outcome;

    private FailureStrategy(Retry retry, Outcome outcome) {
        this.retry = retry;
        this.outcome = outcome;
    }

    /** Fail fast: the consumer stops, and commits nothing at or after the record. */
    public static FailureStrategy stop() {
        return retry(Retry.NONE).thenStop();
    }

    /** Goes on without the record after the callback, which is called on a worker thread; if it throws, the consumer stops. */
    public static FailureStrategy skip(Consumer<FailedRecord> callback) {
        return retry(Retry.NONE).thenSkip(callback);
    }

    /** Goes on without the record once the sink has it. */
    public static FailureStrategy deadLetter(DeadLetterSink sink) {
        return retry(Retry.NONE).thenDeadLetter(sink);
    }

    public static Retrying retry(Retry retry) {
        return new Retrying(retry);
    }

    Retry retry() {
        return retry;
    }

    Outcome outcome() {
        return outcome;
    }

    /** Retries first. */
    public static final class Retrying {
        private final Retry retry;

        private Retrying(Retry retry) {
            this.retry = retry;
        }

        /** See {@link FailureStrategy#stop}. */
        public FailureStrategy thenStop() {
            return new FailureStrategy(retry, new Outcome.Stop());
        }

        /** See {@link FailureStrategy#skip}. */
        public FailureStrategy thenSkip(Consumer<FailedRecord> callback) {
            return new FailureStrategy(retry, new Outcome.Skip(callback));
        }

        /** See {@link FailureStrategy#deadLetter}. */
        public FailureStrategy thenDeadLetter(DeadLetterSink sink) {
            return new FailureStrategy(retry, new Outcome.DeadLetter(sink));
        }
    }
}
