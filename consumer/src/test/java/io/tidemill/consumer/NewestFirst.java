package io.tidemill.consumer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.TopicPartition;

/** Gives all partitions to the member of this process that was made last. */
public final class NewestFirst implements ConsumerPartitionAssignor {
    private static final AtomicInteger MADE = new AtomicInteger();

    private final int number = MADE.incrementAndGet();

    @Override
    public String name() {
        return "newest-first";
    }

    @Override
    public ByteBuffer subscriptionUserData(Set<String> topics) {
        return ByteBuffer.allocate(4).putInt(0, number);
    }

    @Override
    public GroupAssignment assign(Cluster metadata, GroupSubscription group) {
        Map<String, Assignment> assignments = new HashMap<>();
        String newest = "";
        List<String> topics = List.of();
        int most = -1;
        for (Map.Entry<String, Subscription> member : group.groupSubscription().entrySet()) {
            assignments.put(member.getKey(), new Assignment(List.of()));
            int made = member.getValue()
                    .userData()
                    .getInt(member.getValue().userData().position());
            if (made > most) {
                most = made;
                newest = member.getKey();
                topics = member.getValue().topics();
            }
        }
        List<TopicPartition> all = new ArrayList<>();
        for (String topic : topics) {
            for (int i = 0; i < metadata.partitionCountForTopic(topic); i++) {
                all.add(new TopicPartition(topic, i));
            }
        }
        assignments.put(newest, new Assignment(all));
        return new GroupAssignment(assignments);
    }
}
