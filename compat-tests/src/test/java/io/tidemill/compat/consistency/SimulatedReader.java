package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.Value.TransactionId;
import io.tidemill.log.PartitionStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads what is committed, and looks at offsets and ends, while everything else happens. */
final class SimulatedReader {
    private final SimulatedNode node;
    private final History history;
    private final String group;
    private final ReadChecks checks;
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private final Map<String, Long> floors = new TreeMap<>();
    private Set<TransactionId> begun = Set.of();
    private @Nullable Map<TopicPartition, Long> ends;

    SimulatedReader(SimulatedNode node, History history, String group) {
        this.node = node;
        this.history = history;
        this.group = group;
        checks = new ReadChecks("the reader", true, history);
    }

    /** All of a transaction lies before the ends at the time when a part of it was seen. */
    void step() {
        for (TopicPartition partition : node.partitions()) {
            long from = positions.getOrDefault(partition, 0L);
            positions.put(partition, node.readCommitted(partition, from, checks::see));
        }
        if (ends == null && !checks.incomplete().isEmpty()) {
            begun = checks.incomplete();
            ends = new HashMap<>();
            for (TopicPartition partition : node.partitions()) {
                ends.put(
                        partition,
                        node.log().partitionStatus(SimulatedNode.own(partition)).end());
            }
        } else if (ends != null
                && ends.entrySet().stream()
                        .allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue())) {
            checks.requireComplete(begun);
            ends = null;
        }
        lookAtOffsets();
    }

    private void lookAtOffsets() {
        history.promised(group).forEach((partition, offset) -> {
            long committed =
                    node.log().committed(group, SimulatedNode.own(partition)).orElse(-1);
            if (committed < offset) {
                history.violation(group + " was told that " + offset + " is committed in " + partition + ", and it is "
                        + committed);
            }
            neverLess("the offset of " + group + " in " + partition, committed);
        });
        for (TopicPartition partition : node.partitions()) {
            PartitionStatus status = node.log().partitionStatus(SimulatedNode.own(partition));
            neverLess("the end of " + partition, status.end());
            neverLess("the stable end of " + partition, status.stableEnd());
        }
    }

    private void neverLess(String what, long now) {
        Long before = floors.put(what, now);
        if (before != null && now < before) {
            history.violation(what + " was " + before + " and is " + now);
        }
    }
}
