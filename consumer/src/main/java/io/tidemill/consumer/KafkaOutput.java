package io.tidemill.consumer;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Records to send in the transaction that commits the offset of the record being handled. They are held in memory until that
 * transaction, and sent in the order of the input within its partition. Not for use by several threads.
 */
public interface KafkaOutput {
    /**
     * @throws IllegalArgumentException if the record is larger than the producer's {@code max.request.size}, or the handled
     *     record's output larger than the bytes in flight may be
     * @throws IllegalStateException after the handler returned
     */
    void send(ProducerRecord<byte[], byte[]> record);

    /** Serializes now, in the handler, so that a failure is the handler's. */
    default <K, V> void send(ProducerRecord<K, V> record, Serializer<K> keys, Serializer<V> values) {
        send(new ProducerRecord<>(
                record.topic(),
                record.partition(),
                record.timestamp(),
                keys.serialize(record.topic(), record.headers(), record.key()),
                values.serialize(record.topic(), record.headers(), record.value()),
                record.headers()));
    }
}
