package io.tidemill.benchmarks.kafka;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Records at a fixed rate, whatever the broker does. Latency is from the instant at which a record was due, so that one that
 * had to wait for others counts with its wait. The first third is not counted.
 *
 * @param endToEnd until a consumer has the record, rather than until it is acknowledged
 */
record PacedLoad(Clients clients, String topic, int rate, boolean endToEnd) {
    private static final int RECORD_BYTES = 100;
    private static final long TICK_NANOS = 100_000;
    private static final long WAIT_NANOS_MAX = Duration.ofSeconds(20).toNanos();

    /** @param latencies in nanoseconds */
    record Outcome(Histogram latencies, long sent) {}

    Outcome run(Duration duration) throws InterruptedException {
        long total = rate * duration.toMillis() / 1_000;
        Run run = new Run(total, System.nanoTime() + Duration.ofMillis(500).toNanos());
        Thread reader = new Thread(() -> read(run));
        if (endToEnd) {
            reader.start();
        }
        send(run);
        reader.join();
        return new Outcome(run.latencies, total);
    }

    /** What sender and reader share. Only one of them counts. */
    private static final class Run {
        final long total;
        final long begin;
        final Histogram latencies = new Histogram(Duration.ofMinutes(2).toNanos(), 3);
        volatile boolean readerIsThere;

        Run(long total, long begin) {
            this.total = total;
            this.begin = begin;
        }
    }

    private long due(Run run, long index) {
        return run.begin + index * 1_000_000_000L / rate;
    }

    private void count(Run run, long index) {
        if (index >= run.total / 3) {
            run.latencies.recordValue(Math.max(0, System.nanoTime() - due(run, index)));
        }
    }

    private void send(Run run) {
        try (KafkaProducer<byte[], byte[]> producer = clients.producer(0)) {
            producer.partitionsFor(topic);
            while (endToEnd && !run.readerIsThere && System.nanoTime() - run.begin < WAIT_NANOS_MAX) {
                LockSupport.parkNanos(TICK_NANOS);
            }
            for (long i = 0; i < run.total; i++) {
                awaitDue(due(run, i));
                send(run, producer, i);
            }
            producer.flush();
        }
    }

    private static void awaitDue(long due) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The callback has it all.
    private void send(Run run, KafkaProducer<byte[], byte[]> producer, long index) {
        byte[] value = new byte[RECORD_BYTES];
        ByteBuffer.wrap(value).putLong(index);
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topic, (int) (index % Clients.PARTITIONS), null, value);
        producer.send(record, (metadata, e) -> {
            if (!endToEnd && e == null) {
                count(run, index);
            }
        });
    }

    private void read(Run run) {
        try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer("paced")) {
            consumer.assign(IntStream.range(0, Clients.PARTITIONS)
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList());
            consumer.seekToBeginning(consumer.assignment());
            consumer.poll(Duration.ofMillis(200));
            run.readerIsThere = true;
            long seen = 0;
            long until = due(run, run.total) + WAIT_NANOS_MAX;
            while (seen < run.total && System.nanoTime() - until < 0) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    count(run, ByteBuffer.wrap(record.value()).getLong());
                    seen++;
                }
            }
            if (seen < run.total) {
                throw new IllegalStateException("only " + seen + " of " + run.total + " records came");
            }
        }
    }
}
