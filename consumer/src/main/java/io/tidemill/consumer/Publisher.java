package io.tidemill.consumer;

import java.sql.Connection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Publishes dead letters: into a record's output, or with a producer that is made for the first one. Thread-safe. */
final class Publisher {
    private final boolean transactional;
    private final Map<String, Object> producerProperties;
    private @Nullable Producer<byte[], byte[]> producer;

    Publisher(boolean transactional, Map<String, Object> producerProperties) {
        this.transactional = transactional;
        this.producerProperties = producerProperties;
    }

    FailureContext into(Output output) {
        return transactional ? new Context(output::send, Optional.empty()) : with(Optional.empty());
    }

    FailureContext with(Optional<Connection> connection) {
        return new Context(this::publish, connection);
    }

    private void publish(ProducerRecord<byte[], byte[]> record) throws InterruptedException, ExecutionException {
        producer().send(record).get();
    }

    private synchronized Producer<byte[], byte[]> producer() {
        if (producer == null) {
            producer = new KafkaProducer<>(producerProperties);
        }
        return producer;
    }

    synchronized void close() {
        if (producer != null) {
            producer.close();
        }
    }

    private interface Send {
        void send(ProducerRecord<byte[], byte[]> record) throws Exception;
    }

    private record Context(Send way, Optional<Connection> connection) implements FailureContext {
        @Override
        public void publish(ProducerRecord<byte[], byte[]> record) throws Exception {
            way.send(record);
        }
    }
}
