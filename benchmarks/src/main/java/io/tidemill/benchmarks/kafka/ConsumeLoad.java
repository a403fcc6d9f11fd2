package io.tidemill.benchmarks.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Reads a topic from its beginning, which was written a moment ago. */
record ConsumeLoad(Clients clients, String topic, boolean inGroup) {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long BEGIN_NANOS_MAX = Duration.ofSeconds(30).toNanos();

    /** From the first poll that brought records, so that joining the group is not counted; those are not counted either. */
    Throughput run(Duration atMost) {
        List<TopicPartition> partitions = IntStream.range(0, Clients.PARTITIONS)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer("readers-" + UUID.randomUUID())) {
            Collection<Long> ends = consumer.endOffsets(partitions).values();
            long total = ends.stream().mapToLong(Long::longValue).sum();
            if (inGroup) {
                consumer.subscribe(List.of(topic));
            } else {
                consumer.assign(partitions);
                consumer.seekToBeginning(partitions);
            }
            long first = poll(consumer);
            return read(consumer, total - first, atMost.toNanos());
        }
    }

    private static long poll(KafkaConsumer<byte[], byte[]> consumer) {
        long since = System.nanoTime();
        int count = 0;
        while (count == 0) {
            count = consumer.poll(POLL).count();
            if (System.nanoTime() - since > BEGIN_NANOS_MAX) {
                throw new IllegalStateException("nothing came");
            }
        }
        return count;
    }

    private static Throughput read(KafkaConsumer<byte[], byte[]> consumer, long total, long nanosMax) {
        long begin = System.nanoTime();
        long nanos = 0;
        long count = 0;
        while (count < total && nanos < nanosMax) {
            count += consumer.poll(POLL).count();
            nanos = System.nanoTime() - begin;
        }
        return new Throughput(count, nanos);
    }
}
