package io.tidemill.compat.clients.script;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** A member of the scenario's group {@code g} that commits what it has read before it gives partitions back. Not thread-safe. */
final class Member implements AutoCloseable, ConsumerRebalanceListener {
    private final KafkaConsumer<String, String> consumer;
    private int revocationCount;
    private int readCount;

    private Member(KafkaConsumer<String, String> consumer) {
        this.consumer = consumer;
    }

    static Member of(Clients clients, String topic, Map<String, Object> config) {
        Member member = new Member(clients.member("g", config));
        member.consumer.subscribe(List.of(topic), member);
        return member;
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        if (!partitions.isEmpty()) {
            revocationCount++;
            consumer.commitSync();
        }
    }

    /** Too late for commits. */
    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {}

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}

    List<String> poll(Duration most) {
        List<String> values = new ArrayList<>();
        consumer.poll(most).forEach(each -> values.add(each.value()));
        readCount += values.size();
        return values;
    }

    void commit() {
        consumer.commitSync();
    }

    int readCount() {
        return readCount;
    }

    int revocationCount() {
        return revocationCount;
    }

    int partitionCount() {
        return consumer.assignment().size();
    }

    Set<TopicPartition> partitions() {
        return Set.copyOf(consumer.assignment());
    }

    int generation() {
        return consumer.groupMetadata().generationId();
    }

    KafkaConsumer<String, String> consumer() {
        return consumer;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
