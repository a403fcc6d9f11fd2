package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.History.Place;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** Reads from the beginning to where the partitions end now. */
final class AllRecords implements Verification.Contents {
    private static final Duration READ_MAX = Duration.ofMinutes(3);

    private final Clients clients;
    private final Admin admin;
    private final List<TopicPartition> partitions;

    AllRecords(Clients clients, Admin admin, List<TopicPartition> partitions) {
        this.clients = clients;
        this.admin = admin;
        this.partitions = partitions;
    }

    @Override
    public Map<Place, String> read(boolean committedOnly) throws Exception {
        IsolationLevel isolation = committedOnly ? IsolationLevel.READ_COMMITTED : IsolationLevel.READ_UNCOMMITTED;
        Map<TopicPartition, Long> ends = Ends.of(admin, partitions, isolation);
        Map<Place, String> all = new HashMap<>();
        try (Consumer<String, String> consumer =
                clients.consumer(committedOnly, Map.of("max.poll.records", 5_000, "default.api.timeout.ms", 60_000))) {
            consumer.assign(partitions);
            partitions.forEach(each -> consumer.seek(each, 0));
            long deadline = System.nanoTime() + READ_MAX.toNanos();
            while (!ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                    all.put(new Place(partition, record.offset()), record.value());
                }
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException("not read within " + READ_MAX);
                }
            }
        }
        return all;
    }
}
