package io.tidemill.consumer;

import java.sql.Connection;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Where a failed record can be put. Not for use after {@link DeadLetterSink#accept} returned. */
public interface FailureContext {
    /**
     * With {@link KafkaTransactions}, joins the transaction that commits the failed record's offset. With others, returns
     * when all in-sync replicas have it, and so before the offset is committed: a crash in between publishes it again.
     */
    void publish(ProducerRecord<byte[], byte[]> record) throws Exception;

    /** With {@link JdbcTransactions}, the transaction that stores the failed record's offset. */
    Optional<Connection> connection();
}
