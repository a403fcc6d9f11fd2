package io.tidemill.consumer;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What a service does with a record, and with what must become durable together with the record's offset.
 *
 * @param <C> the output: {@link KafkaOutput} or {@link java.sql.Connection}
 */
@FunctionalInterface
public interface OutputHandler<K, V, C> {
    /**
     * As {@link Handler#handle}. The output is this call's own: it must not be used by other threads or after the call. When
     * the call throws, nothing of what it put into the output remains.
     */
    void handle(ConsumerRecord<K, V> record, C output) throws Exception;
}
