package io.tidemill.consumer;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** A consumer that runs until it is closed or fails. Thread-safe. */
public interface RunningConsumer extends AutoCloseable {
    ConsumerStatus status();

    /** Completes when the consumer has stopped, all its threads included, but for handlers that ignore their interruption; with
     * the failure if it failed. */
    CompletionStage<Void> termination();

    /**
     * Waits until it has stopped.
     *
     * @return whether it stopped within the time
     * @throws ConsumerFailedException if it failed
     */
    boolean awaitTermination(Duration time) throws InterruptedException;

    /**
     * Stops: waits for running handlers up to {@link ReliableConsumer#closeWaitMax}, commits what is done, leaves the group
     * (static members do not). With {@link AutoCommit} what was committed and waits is handled too, within the same time.
     * Returns when all that is over; from a handler, at once. Does not throw if the consumer failed.
     */
    @Override
    void close();
}
