package io.tidemill.compat.consistency;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A member of a group that reads the sources. It must never be given a partition from before what the group was promised. */
abstract class Member extends Actor {
    private static final Duration POLL = Duration.ofMillis(100);

    final String group;
    private final String protocol;
    private final Map<TopicPartition, Long> floors = new HashMap<>();
    private @Nullable Consumer<String, String> consumer;

    Member(String name, String group, String protocol, History history, Clients clients, SplittableRandom random) {
        super(name, history, clients, random);
        this.group = group;
        this.protocol = protocol;
    }

    final Consumer<String, String> consumer() {
        Consumer<String, String> known = consumer;
        if (known == null) {
            Map<String, Object> config = new HashMap<>(Map.of(
                    "group.id", group, "group.protocol", protocol, "auto.offset.reset", "earliest", "client.id", name));
            config.put("max.poll.records", 200);
            if (protocol.equals("classic")) {
                config.put("session.timeout.ms", 6_000);
                config.put("heartbeat.interval.ms", 300);
                config.put(
                        "partition.assignment.strategy",
                        chance(2)
                                ? "org.apache.kafka.clients.consumer.CooperativeStickyAssignor,"
                                        + "org.apache.kafka.clients.consumer.RangeAssignor"
                                : "org.apache.kafka.clients.consumer.RangeAssignor");
            }
            floors.clear();
            known = clients.consumer(true, config);
            consumer = known;
            known.subscribe(Topics.SOURCE_NAMES, new Floors());
        }
        return known;
    }

    private final class Floors implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            Map<TopicPartition, Long> promised = history.promised(group);
            history.event("assigned " + partitions);
            partitions.forEach(each -> floors.put(each, promised.getOrDefault(each, 0L)));
        }
    }

    /** What came, checked. */
    final ConsumerRecords<String, String> poll() {
        ConsumerRecords<String, String> records = consumer().poll(POLL);
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<String, String>> ofPartition = records.records(partition);
            long first = ofPartition.get(0).offset();
            long floor = floors.getOrDefault(partition, 0L);
            if (first < floor) {
                history.violation(name + " of " + group + " was given " + partition + " from " + first + ", and "
                        + floor + " was committed");
            }
        }
        return records;
    }

    @Override
    void close() {
        Clients.close(consumer);
        consumer = null;
    }
}
