package io.tidemill.operations.groups;

import org.jspecify.annotations.Nullable;

/**
 * One line about a group.
 *
 * @param type {@code classic}, {@code consumer} or what else the cluster calls it
 * @param state as Kafka names it: Stable, Empty, PreparingRebalance, …
 * @param members null where the cluster does not tell
 * @param lagRecords of all partitions together; null where no offset is committed
 */
public record GroupSummary(
        String group,
        String type,
        String state,
        @Nullable Integer members,
        @Nullable Long lagRecords) {}
