package io.tidemill.compat.consistency;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Asks for the groups' offsets and the partitions' ends all the time: none may ever go back. */
final class OffsetWatcher extends Actor {
    private static final long SECONDS_MAX = 6;

    private final List<String> groups;
    private final List<TopicPartition> partitions;
    private final Map<String, Map<TopicPartition, Long>> before = new HashMap<>();
    private @Nullable Admin admin;

    OffsetWatcher(
            List<String> groups,
            List<TopicPartition> partitions,
            History history,
            Clients clients,
            SplittableRandom random) {
        super("offset-watcher", history, clients, random);
        this.groups = groups;
        this.partitions = partitions;
    }

    @Override
    void turn() throws InterruptedException {
        Admin to = admin;
        if (to == null) {
            to = clients.admin();
            admin = to;
        }
        try {
            look(to);
        } catch (ExecutionException | TimeoutException e) {
            history.event("not answered: " + e);
        }
        pause(50_000);
    }

    /** Also called by whoever has just started the broker again. */
    void look(Admin to) throws InterruptedException, ExecutionException, TimeoutException {
        for (String group : groups) {
            Map<TopicPartition, Long> promised = history.promised(group);
            Map<TopicPartition, Long> committed = History.plain(to.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(SECONDS_MAX, TimeUnit.SECONDS));
            judge("the offset that " + group + " was told is committed", promised, committed);
            judge("the offset of " + group, before.put(group, committed), committed);
        }
        for (IsolationLevel isolation : IsolationLevel.values()) {
            Map<TopicPartition, Long> ends = Ends.of(to, partitions, isolation);
            judge("the end (" + isolation + ")", before.put(isolation.toString(), ends), ends);
        }
    }

    private void judge(String what, @Nullable Map<TopicPartition, Long> floors, Map<TopicPartition, Long> now) {
        if (floors != null) {
            floors.forEach((partition, floor) -> {
                if (now.getOrDefault(partition, -1L) < floor) {
                    history.violation(what + " in " + partition + " was " + floor + " and is " + now.get(partition));
                }
            });
        }
    }

    @Override
    void recover(KafkaException failure) {
        close();
    }

    @Override
    void close() {
        if (admin != null) {
            admin.close(Clients.CLOSE_MAX);
            admin = null;
        }
    }
}
