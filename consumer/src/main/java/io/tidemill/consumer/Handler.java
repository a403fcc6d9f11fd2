package io.tidemill.consumer;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What a service does with a record. */
@FunctionalInterface
public interface Handler<K, V> {
    /**
     * Called on a worker thread, by several at once up to the concurrency, but never by two at once for records whose order
     * is kept ({@link Ordering}). It may block as long as it likes: polling goes on. Returning says that the record is done.
     * Throwing says that it failed: {@link FailureStrategy} decides, and it may be called again with the same record, as it
     * may be after a restart or a rebalance, if the {@link Delivery} allows repeats. It is interrupted when it exceeds the
     * handler's time limit, and when its partition went to another member and the wait for it is over.
     */
    void handle(ConsumerRecord<K, V> record) throws Exception;
}
