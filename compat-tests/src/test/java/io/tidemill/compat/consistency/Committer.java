package io.tidemill.compat.consistency;

import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Commits offsets of a group that has no members, one partition after the other, and asks for all of them each time before: it
 * must not be its own next commit that makes good what was lost.
 */
final class Committer extends Actor {
    private final String group;
    private @Nullable Consumer<String, String> consumer;
    private long count;

    Committer(String group, History history, Clients clients, SplittableRandom random) {
        super("committer", history, clients, random);
        this.group = group;
    }

    @Override
    void turn() {
        Consumer<String, String> known = consumer;
        if (known == null) {
            known = clients.consumer(true, Map.of("group.id", group));
            consumer = known;
        }
        check(known);
        TopicPartition partition = Topics.SOURCES.get((int) (count % Topics.SOURCES.size()));
        Map<TopicPartition, OffsetAndMetadata> offset = Map.of(partition, new OffsetAndMetadata(++count));
        known.commitSync(offset);
        history.promised(group, offset);
    }

    private void check(Consumer<String, String> from) {
        Map<TopicPartition, Long> promised = history.promised(group);
        Map<TopicPartition, OffsetAndMetadata> committed = from.committed(Set.copyOf(Topics.SOURCES));
        promised.forEach((partition, offset) -> {
            OffsetAndMetadata now = committed.get(partition);
            if (now == null || now.offset() < offset) {
                history.violation(
                        group + " was told that " + offset + " is committed in " + partition + ", and it is " + now);
            }
        });
    }

    @Override
    void recover(KafkaException failure) {
        close();
    }

    @Override
    void close() {
        Clients.close(consumer);
        consumer = null;
    }
}
