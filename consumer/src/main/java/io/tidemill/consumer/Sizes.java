package io.tidemill.consumer;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Bytes of keys, values and headers, with something for each record's own structure. */
final class Sizes {
    private static final int RECORD_OVERHEAD_BYTES = 70;

    private Sizes() {}

    static long of(ConsumerRecord<byte[], byte[]> record) {
        return sum(record.key(), record.value(), record.headers());
    }

    static long of(ProducerRecord<byte[], byte[]> record) {
        return sum(record.key(), record.value(), record.headers());
    }

    private static long sum(byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
        long bytes = RECORD_OVERHEAD_BYTES + length(key) + length(value);
        for (Header header : headers) {
            bytes += header.key().length() + length(header.value());
        }
        return bytes;
    }

    private static long length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
