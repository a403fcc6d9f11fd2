package io.tidemill.peers.bare;

import io.tidemill.peers.Generator;
import io.tidemill.peers.Json;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Job A as loops around Kafka's consumer, which guarantee nothing and write nothing. Arguments: bootstrap, input,
 * poll|parse|aggregate, threads.
 */
public final class BareKafka {
    private enum Work {
        /** Bytes only. */
        POLL,
        /** And Jackson, and a map of pages. */
        PARSE,
        /** And windows by hand. */
        AGGREGATE
    }

    private final Work work;
    private final List<TopicPartition> partitions;
    private final Map<String, HourlySums.Sum> pages = new HashMap<>();
    private final HourlySums windows = new HourlySums();
    private final long[] maxMillis = new long[Generator.PARTITIONS];
    private long read;

    private BareKafka(Work work, List<TopicPartition> partitions) {
        this.work = work;
        this.partitions = partitions;
    }

    public static void main(String[] args) throws Exception {
        Probe.endWithParent();
        Work work = Work.valueOf(args[2].toUpperCase(java.util.Locale.ROOT));
        int threads = Integer.parseInt(args[3]);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        List<Future<BareKafka>> loops = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (int i = thread; i < Generator.PARTITIONS; i += threads) {
                partitions.add(new TopicPartition(args[1], i));
            }
            loops.add(executor.submit(() -> new BareKafka(work, partitions).run(args[0])));
        }
        long read = 0;
        long late = 0;
        long finals = 0;
        for (Future<BareKafka> loop : loops) {
            read += loop.get().read;
            late += loop.get().windows.late();
            finals += loop.get().windows.finals();
        }
        Probe.mark("DONE");
        Probe.say("COUNTED read=" + read + " finals=" + finals);
        Probe.say("LATE dropped=" + late);
        executor.shutdown();
        System.exit(0);
    }

    private BareKafka run(String bootstrap) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "earliest");
        properties.put("max.poll.records", "5000");
        properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
        properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties)) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Set<TopicPartition> open = new HashSet<>(partitions);
            while (!open.isEmpty()) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(200));
                for (ConsumerRecord<byte[], byte[]> each : records) {
                    take(each);
                }
                open.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
            }
        }
        return this;
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        Probe.first();
        read++;
        if (work == Work.POLL) {
            return;
        }
        PageView view = Json.parse(record.value());
        if (work == Work.PARSE) {
            pages.computeIfAbsent(view.pageId, page -> new HourlySums.Sum()).add(view);
        } else {
            maxMillis[record.partition()] = Math.max(maxMillis[record.partition()], view.eventTime);
            windows.add(view, watermark());
        }
    }

    private long watermark() {
        long least = Long.MAX_VALUE;
        for (TopicPartition partition : partitions) {
            least = Math.min(least, maxMillis[partition.partition()]);
        }
        return least - Generator.LATENESS_MILLIS;
    }
}
