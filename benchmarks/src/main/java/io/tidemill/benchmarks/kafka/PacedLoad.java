package io.tidemill.benchmarks.kafka;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.BitSet;
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
    private static final long WAIT_NANOS_MAX = Duration.ofSeconds(8).toNanos();

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
        run.giveUp(rate);
        return new Outcome(run.latencies, total);
    }

    /** What sender and reader share. */
    private static final class Run {
        final long total;
        final long begin;
        final Histogram latencies = new Histogram(Duration.ofMinutes(2).toNanos(), 3);
        final BitSet arrived = new BitSet();
        volatile boolean readerIsThere;

        Run(long total, long begin) {
            this.total = total;
            this.begin = begin;
        }

        long due(long index, int rate) {
            return begin + index * 1_000_000_000L / rate;
        }

        synchronized void arrived(long index, int rate) {
            if (index >= total / 3 && !arrived.get((int) index)) {
                arrived.set((int) index);
                latencies.recordValue(Math.max(0, System.nanoTime() - due(index, rate)));
            }
        }

        synchronized boolean hasAll() {
            return arrived.cardinality() >= total - total / 3;
        }

        /** What has not come until now has taken at least this long. */
        synchronized void giveUp(int rate) {
            for (int i = 0; i < total; i++) {
                arrived(i, rate);
            }
        }

        boolean isLate(int rate) {
            return System.nanoTime() - due(total, rate) > WAIT_NANOS_MAX;
        }
    }

    private void send(Run run) {
        KafkaProducer<byte[], byte[]> producer = clients.producer(0);
        try {
            producer.partitionsFor(topic);
            while (endToEnd && !run.readerIsThere && !run.isLate(rate)) {
                LockSupport.parkNanos(TICK_NANOS);
            }
            for (long i = 0; i < run.total && !run.isLate(rate); i++) {
                awaitDue(run.due(i, rate));
                send(run, producer, i);
            }
            while (!run.hasAll() && !run.isLate(rate)) {
                LockSupport.parkNanos(TICK_NANOS * 100);
            }
        } finally {
            producer.close(Duration.ZERO);
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
                run.arrived(index, rate);
            }
        });
    }

    private void read(Run run) {
        try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer("paced")) {
            consumer.assign(IntStream.range(0, Clients.PARTITIONS)
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList());
            consumer.seekToEnd(consumer.assignment());
            // Seeking is lazy: asking for the position does it.
            consumer.assignment().forEach(consumer::position);
            run.readerIsThere = true;
            while (!run.hasAll() && !run.isLate(rate)) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    run.arrived(ByteBuffer.wrap(record.value()).getLong(), rate);
                }
            }
        }
    }
}
