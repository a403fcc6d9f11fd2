package io.tidemill.log;

import io.tidemill.api.Header;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.batch.BatchBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is to become durable and visible at once: records of any partitions, offsets of any groups, and the ends of what is
 * no longer needed. Immutable; used once, because appending gives its batches their offsets.
 */
public final class Commit {
    /** A batch for a partition. */
    public record Append(TopicPartition partition, Batch batch) {}

    private final List<Append> appends;
    private final Map<String, Map<TopicPartition, CommittedOffset>> offsets;
    private final Map<String, Set<TopicPartition>> forgottenOffsets;
    private final Set<String> forgottenGroups;
    private final Map<TopicPartition, Long> trims;
    private final Map<TopicPartition, Long> expectedEnds;

    private Commit(Builder builder) {
        appends = List.copyOf(builder.appends);
        offsets = builder.offsets;
        forgottenOffsets = builder.forgottenOffsets;
        forgottenGroups = builder.forgottenGroups;
        trims = builder.trims;
        expectedEnds = builder.expectedEnds;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** One record for one partition. */
    public static Commit of(
            TopicPartition partition, long timestampMillis, byte @Nullable [] key, byte @Nullable [] value) {
        return of(partition, timestampMillis, key, value, List.of());
    }

    /** One record for one partition. */
    public static Commit of(
            TopicPartition partition,
            long timestampMillis,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<Header> headers) {
        BatchBuilder batch = new BatchBuilder();
        batch.add(timestampMillis, key, value, headers);
        return builder().append(partition, batch.build()).build();
    }

    public List<Append> appends() {
        return appends;
    }

    /** By group. */
    public Map<String, Map<TopicPartition, CommittedOffset>> offsets() {
        return offsets;
    }

    /** By group: the partitions whose offset is to be forgotten. */
    public Map<String, Set<TopicPartition>> forgottenOffsets() {
        return forgottenOffsets;
    }

    /** Groups all of whose offsets are to be forgotten. */
    public Set<String> forgottenGroups() {
        return forgottenGroups;
    }

    /** The first offsets that are still needed. */
    public Map<TopicPartition, Long> trims() {
        return trims;
    }

    /** Where partitions must end for the commit to be taken. */
    public Map<TopicPartition, Long> expectedEnds() {
        return expectedEnds;
    }

    /** Not thread-safe; {@link #build} ends it. */
    public static final class Builder {
        private final List<Append> appends = new ArrayList<>();
        private final Map<String, Map<TopicPartition, CommittedOffset>> offsets = new TreeMap<>();
        private final Map<String, Set<TopicPartition>> forgottenOffsets = new TreeMap<>();
        private final Set<String> forgottenGroups = new TreeSet<>();
        private final Map<TopicPartition, Long> trims = new TreeMap<>();
        private final Map<TopicPartition, Long> expectedEnds = new TreeMap<>();

        private Builder() {}

        /** Several batches for the same partition follow one another. */
        public Builder append(TopicPartition partition, Batch batch) {
            appends.add(new Append(partition, batch));
            return this;
        }

        /** The next offset that {@code group} will read. */
        public Builder offset(String group, TopicPartition partition, long next) {
            return offset(group, partition, CommittedOffset.of(next));
        }

        /** How far {@code group} has come. */
        public Builder offset(String group, TopicPartition partition, CommittedOffset offset) {
            offsets.computeIfAbsent(group, g -> new TreeMap<>()).put(partition, offset);
            return this;
        }

        /** As if {@code group} had never committed an offset of {@code partition}. */
        public Builder forgetOffset(String group, TopicPartition partition) {
            forgottenOffsets.computeIfAbsent(group, g -> new TreeSet<>()).add(partition);
            return this;
        }

        /** As if {@code group} had never committed an offset. */
        public Builder forgetGroup(String group) {
            forgottenGroups.add(group);
            return this;
        }

        /** Records before {@code firstNeeded} are no longer readable, and their room is given back in time. */
        public Builder trim(TopicPartition partition, long firstNeeded) {
            trims.put(partition, firstNeeded);
            return this;
        }

        /** The commit is refused with {@code CONFLICT} unless {@code partition} ends at {@code end} before it. */
        public Builder expectEnd(TopicPartition partition, long end) {
            expectedEnds.put(partition, end);
            return this;
        }

        public boolean isEmpty() {
            return appends.isEmpty()
                    && offsets.isEmpty()
                    && forgottenOffsets.isEmpty()
                    && forgottenGroups.isEmpty()
                    && trims.isEmpty();
        }

        public Commit build() {
            return new Commit(this);
        }
    }
}
