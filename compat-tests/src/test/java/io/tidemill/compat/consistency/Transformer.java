package io.tidemill.compat.consistency;

import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Consumes, transforms and produces, each step in one transaction with its offsets. */
final class Transformer extends Member {
    private @Nullable Producer<String, String> producer;

    Transformer(String name, String group, String protocol, History history, Clients clients, SplittableRandom random) {
        super(name, group, protocol, history, clients, random);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the commit fails if one did
    void turn() {
        // First of all, so that what an earlier incarnation has left is aborted before offsets are asked for.
        Producer<String, String> to = producer();
        ConsumerRecords<String, String> records = poll();
        if (records.isEmpty()) {
            return;
        }
        to.beginTransaction();
        records.forEach(record -> to.send(transformed(record)));
        Map<TopicPartition, OffsetAndMetadata> offsets = records.nextOffsets();
        to.sendOffsetsToTransaction(offsets, consumer().groupMetadata());
        if (chance(25)) {
            to.abortTransaction();
            close();
            return;
        }
        to.commitTransaction();
        history.promised(group, offsets);
        if (chance(80)) {
            history.event("leaves");
            close();
        }
    }

    private ProducerRecord<String, String> transformed(ConsumerRecord<String, String> record) {
        TopicPartition source = new TopicPartition(record.topic(), record.partition());
        String value = new Transformed(source, record.offset(), record.value()).text();
        return new ProducerRecord<>(Topics.OUT + group, Topics.SOURCES.indexOf(source), null, value);
    }

    private Producer<String, String> producer() {
        Producer<String, String> known = producer;
        if (known == null) {
            known = clients.producer(Map.of(
                    "transactional.id",
                    name,
                    "transaction.timeout.ms",
                    10_000,
                    "delivery.timeout.ms",
                    6_000,
                    "max.block.ms",
                    chance(2) ? 1_500 : 15_000));
            try {
                known.initTransactions();
            } catch (KafkaException e) {
                Clients.close(known);
                throw e;
            }
            producer = known;
        }
        return known;
    }

    @Override
    void recover(KafkaException failure) {
        close();
    }

    @Override
    void close() {
        Clients.close(producer);
        producer = null;
        super.close();
    }
}
