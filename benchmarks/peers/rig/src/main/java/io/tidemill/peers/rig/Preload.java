package io.tidemill.peers.rig;

import io.tidemill.peers.Generator;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The input of job A: the events, keyed by page and spread by the default partitioner, then two flush events for every
 * partition. Arguments: bootstrap, topic, events.
 */
final class Preload {
    private Preload() {}

    public static void main(String[] args) {
        Probe.endWithParent();
        String topic = args[1];
        long events = Long.parseLong(args[2]);
        Properties properties = producer(args[0]);
        properties.put("linger.ms", "20");
        properties.put("batch.size", "131072");
        properties.put("buffer.memory", "134217728");
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(properties)) {
            for (long i = 0; i < events; i++) {
                PageView view = Generator.event(i, events);
                producer.send(new ProducerRecord<>(topic, view.pageId, Generator.json(view)));
            }
            producer.flush();
            for (int step = 1; step <= 2; step++) {
                for (int partition = 0; partition < Generator.PARTITIONS; partition++) {
                    PageView view = Generator.flush(partition, step);
                    producer.send(new ProducerRecord<>(topic, partition, view.pageId, Generator.json(view)));
                }
                producer.flush();
            }
        }
        Probe.mark("PRELOADED");
        System.exit(0);
    }

    static Properties producer(String bootstrap) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("acks", "all");
        properties.put("compression.type", "none");
        properties.put("key.serializer", StringSerializer.class.getName());
        properties.put("value.serializer", ByteArraySerializer.class.getName());
        return properties;
    }
}
