package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.History.Place;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * An idempotent producer. A patient one waits for the broker as long as it takes, and so nothing may ever fail; an impatient
 * one gives records up, whose fate nobody knows. It has one request under way, because a client that gives up one of
 * several numbers the others anew.
 */
final class IdempotentWriter extends Actor {
    private static final int UNDER_WAY_MAX = 200;

    private final boolean patient;
    private final Semaphore underWay = new Semaphore(UNDER_WAY_MAX);
    private @Nullable Producer<String, String> producer;
    private volatile boolean failed;
    private int incarnation;
    private long number;

    IdempotentWriter(String name, boolean patient, History history, Clients clients, SplittableRandom random) {
        super(name, history, clients, random);
        this.patient = patient;
    }

    @Override
    void turn() throws InterruptedException {
        Producer<String, String> to = producer();
        TopicPartition partition = any(Topics.SOURCES);
        for (int i = 1 + random.nextInt(8); i > 0; i--) {
            underWay.acquire();
            send(to, partition);
        }
        pause(random.nextInt(40_000));
        if (failed) {
            close();
        }
    }

    private Producer<String, String> producer() {
        Producer<String, String> known = producer;
        if (known == null) {
            incarnation++;
            failed = false;
            known = clients.producer(Map.of(
                    "delivery.timeout.ms",
                    patient ? 120_000 : 1_500,
                    "request.timeout.ms",
                    patient ? 5_000 : 1_000,
                    "max.block.ms",
                    patient ? 120_000 : 1_500,
                    "max.in.flight.requests.per.connection",
                    patient ? 5 : 1,
                    "linger.ms",
                    any(List.of(0, 5)),
                    "compression.type",
                    any(List.of("none", "lz4"))));
            producer = known;
        }
        return known;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback is told
    private void send(Producer<String, String> to, TopicPartition partition) {
        String value = new Value(name + "." + incarnation, number++, 0, 0, false).text();
        try {
            to.send(
                    new ProducerRecord<>(partition.topic(), partition.partition(), null, value),
                    (metadata, failure) -> told(value, metadata, failure));
        } catch (RuntimeException e) {
            underWay.release();
            throw e;
        }
    }

    private void told(String value, RecordMetadata metadata, @Nullable Exception failure) {
        underWay.release();
        if (failure == null) {
            history.acknowledged(
                    value, new Place(new TopicPartition(metadata.topic(), metadata.partition()), metadata.offset()));
        } else {
            history.event("refused " + value + ": " + failure);
            failed = true;
            if (patient && !isClosing()) {
                history.violation(name + ", which waits as long as it takes, was refused " + value + ": " + failure);
            }
        }
    }

    private boolean isClosing() {
        return producer == null;
    }

    @Override
    void recover(KafkaException failure) {
        if (patient) {
            history.violation(name + ", which waits as long as it takes, failed: " + failure);
        }
        close();
    }

    /** A patient one is told of everything first. */
    @Override
    void close() {
        Producer<String, String> closing = producer;
        if (closing != null && patient && !failed) {
            closing.flush();
        }
        producer = null;
        Clients.close(closing);
    }
}
