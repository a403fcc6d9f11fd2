package io.tidemill.consumer;

import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** Makes records of bytes into records of values. Thread-safe: one thread at a time is in the deserializers. */
final class Decoder<K, V> {
    private final Deserializer<K> keys;
    private final Deserializer<V> values;

    Decoder(Deserializer<K> keys, Deserializer<V> values) {
        this.keys = keys;
        this.values = values;
    }

    synchronized ConsumerRecord<K, V> decode(ConsumerRecord<byte[], byte[]> raw) {
        return new ConsumerRecord<>(
                raw.topic(),
                raw.partition(),
                raw.offset(),
                raw.timestamp(),
                raw.timestampType(),
                raw.serializedKeySize(),
                raw.serializedValueSize(),
                decode("key", keys, raw, raw.key()),
                decode("value", values, raw, raw.value()),
                raw.headers(),
                raw.leaderEpoch(),
                Optional.empty());
    }

    @SuppressWarnings("NullAway") // Kafka's own: a record without a key or value has null there
    private static <T> T decode(
            String what, Deserializer<T> deserializer, ConsumerRecord<byte[], byte[]> raw, byte @Nullable [] bytes) {
        try {
            return bytes == null ? null : deserializer.deserialize(raw.topic(), raw.headers(), bytes);
        } catch (RuntimeException e) {
            throw new UndecodableRecordException(what, e);
        }
    }
}
