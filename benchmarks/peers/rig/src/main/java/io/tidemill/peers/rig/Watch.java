package io.tidemill.peers.rig;

import io.tidemill.peers.Finals;
import io.tidemill.peers.Generator;
import io.tidemill.peers.Probe;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the results of job A, committed ones only, until the last is there. Arguments: bootstrap, topic, events, seconds at most. */
final class Watch {
    private Watch() {}

    public static void main(String[] args) {
        Probe.endWithParent();
        Finals finals = new Finals(Long.parseLong(args[2]));
        long deadline =
                System.nanoTime() + Duration.ofSeconds(Long.parseLong(args[3])).toNanos();
        Properties properties = consumer(args[0]);
        properties.put("auto.offset.reset", "earliest");
        properties.put("fetch.max.wait.ms", "20");
        properties.put("max.poll.records", "5000");
        boolean complete = false;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties)) {
            List<TopicPartition> partitions = partitions(args[1]);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (!complete && System.nanoTime() < deadline) {
                Iterable<ConsumerRecord<byte[], byte[]>> records = consumer.poll(Duration.ofMillis(100));
                long now = System.currentTimeMillis();
                records.forEach(each -> finals.add(each.value(), now));
                complete = finals.areComplete(now);
            }
        }
        Probe.say(complete ? finals.line() : "TIMEOUT " + finals.line());
        System.exit(0);
    }

    static Properties consumer(String bootstrap) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", "false");
        properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
        properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
        return properties;
    }

    static List<TopicPartition> partitions(String topic) {
        return IntStream.range(0, Generator.PARTITIONS)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
    }
}
