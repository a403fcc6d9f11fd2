package io.tidemill.benchmarks.kafka;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Transactions of one producer, each begun when the one before has been committed. */
record TransactionLoad(Clients clients, String topic) {
    private static final int RECORDS = 10;
    private static final int PARTITIONS = 2;

    Throughput run(Duration duration) {
        Map<String, Object> transactional =
                Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "loader-" + UUID.randomUUID());
        try (KafkaProducer<byte[], byte[]> producer = clients.producer(0, transactional)) {
            producer.initTransactions();
            transact(producer);
            long begin = System.nanoTime();
            long count = 0;
            while (System.nanoTime() - begin < duration.toNanos()) {
                transact(producer);
                count++;
            }
            return new Throughput(count, System.nanoTime() - begin);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // What fails makes the commit fail.
    private void transact(KafkaProducer<byte[], byte[]> producer) {
        producer.beginTransaction();
        for (int i = 0; i < RECORDS; i++) {
            producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, new byte[100]));
        }
        producer.commitTransaction();
    }
}
