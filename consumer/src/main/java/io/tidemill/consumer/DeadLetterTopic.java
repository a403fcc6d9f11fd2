package io.tidemill.consumer;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Publishes failed records to a topic: key, value and headers as they were, byte for byte, then headers named
 * {@code tidemill.*} as text: topic, partition, offset, timestamp, group, error type and message, attempts, first and last
 * failure, and, last, {@code tidemill.headers}: how many headers are the record's own.
 */
public final class DeadLetterTopic implements DeadLetterSink {
    private static final int MESSAGE_CHARS_MAX = 2_000;

    private final String topic;

    private DeadLetterTopic(String topic) {
        this.topic = topic;
    }

    /** The topic must exist, or the broker must make topics on demand. */
    public static DeadLetterTopic named(String topic) {
        return new DeadLetterTopic(topic);
    }

    @Override
    public void accept(FailedRecord failed, FailureContext context) throws Exception {
        ConsumerRecord<byte[], byte[]> record = failed.record();
        context.publish(new ProducerRecord<>(topic, null, null, record.key(), record.value(), headers(failed)));
    }

    private static Headers headers(FailedRecord failed) {
        ConsumerRecord<byte[], byte[]> record = failed.record();
        Headers headers = new RecordHeaders(record.headers().toArray());
        int originals = record.headers().toArray().length;
        put(headers, "topic", record.topic());
        put(headers, "partition", String.valueOf(record.partition()));
        put(headers, "offset", String.valueOf(record.offset()));
        put(headers, "timestamp", String.valueOf(record.timestamp()));
        put(headers, "group", failed.group());
        put(headers, "error.type", failed.failure().getClass().getName());
        put(headers, "error.message", cut(String.valueOf(failed.failure().getMessage())));
        put(headers, "attempts", String.valueOf(failed.attempts()));
        put(headers, "failed.first", failed.firstFailure().toString());
        put(headers, "failed.last", failed.lastFailure().toString());
        put(headers, "headers", String.valueOf(originals));
        return headers;
    }

    private static void put(Headers headers, String name, String value) {
        headers.add("tidemill." + name, value.getBytes(StandardCharsets.UTF_8));
    }

    private static String cut(String text) {
        return text.length() <= MESSAGE_CHARS_MAX ? text : text.substring(0, MESSAGE_CHARS_MAX);
    }
}
