package io.tidemill.log;

import io.tidemill.log.batch.BatchHeader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the journal holds besides records: everything that changes the {@link Catalog}. */
sealed interface Change {
    record TopicCreated(int topicId, UUID uuid, String name, TopicConfig config) implements Change {}

    /** A topic has another configuration, maybe more partitions. */
    record TopicAltered(TopicCreated topic) implements Change {}

    record TopicDeleted(int topicId) implements Change {}

    record OffsetsCommitted(String group, List<PartitionOffset> offsets) implements Change {
        /** Adds these to others of one transaction, of which the last of each group and partition counts. */
        void addTo(List<OffsetsCommitted> others) {
            for (int i = 0; i < others.size(); i++) {
                if (others.get(i).group.equals(group)) {
                    Map<PartitionKey, PartitionOffset> merged = new LinkedHashMap<>();
                    others.get(i).offsets.forEach(each -> merged.put(each.partition, each));
                    offsets.forEach(each -> merged.put(each.partition, each));
                    others.set(i, new OffsetsCommitted(group, List.copyOf(merged.values())));
                    return;
                }
            }
            others.add(this);
        }
    }

    /** With no partitions: all of the group's. */
    record OffsetsForgotten(String group, List<PartitionKey> partitions) implements Change {}

    /** Producer ids below this may be in use. */
    record ProducerIdsReserved(long upTo) implements Change {}

    /** A new incarnation of a transactional id. */
    record ProducerInitialized(
            String transactionalId, long producerId, short epoch, short previousEpoch, long timeoutMillis)
            implements Change {}

    record TransactionalIdForgotten(String transactionalId) implements Change {}

    /** A transaction has begun, or reaches more partitions or groups. */
    record TransactionExtended(long producerId, List<PartitionKey> partitions, List<String> groups) implements Change {}

    /** Offsets that count if their transaction is committed. */
    record OffsetsPending(long producerId, OffsetsCommitted offsets) implements Change {}

    /** Its markers are in the same frame. {@code epoch} is the producer's from now on. */
    record TransactionEnded(long producerId, short epoch, boolean committed) implements Change {}

    /** Records before {@code start} are gone. */
    record StartMoved(int topicId, int partition, long start) implements Change {}

    /** Before {@code upTo} every record is the newest of its key, or a tombstone that is not old enough. */
    record Compacted(int topicId, int partition, long upTo) implements Change {}

    /** The whole catalog: the first entry of every file. */
    record Snapshot(
            int nextTopicId,
            List<TopicSnapshot> topics,
            List<OffsetsCommitted> groups,
            long producerIdsUpTo,
            List<ProducerSnapshot> producers)
            implements Change {}

    record TopicSnapshot(TopicCreated topic, List<PartitionSnapshot> partitions) {}

    /**
     * @param open what open transactions have here, by first offset
     * @param aborted in the order of their markers
     */
    record PartitionSnapshot(long start, long end, long compactedUpTo, List<Open> open, List<Aborted> aborted) {}

    record Open(long producerId, long firstOffset) {}

    /** @param lastOffset of the marker */
    record Aborted(long producerId, long firstOffset, long lastOffset) {
        boolean holds(BatchHeader batch) {
            return batch.transactional()
                    && !batch.control()
                    && batch.producerId() == producerId
                    && batch.baseOffset() >= firstOffset
                    && batch.baseOffset() <= lastOffset;
        }
    }

    record PartitionKey(int topicId, int partition) {
        static PartitionKey of(long key) {
            return new PartitionKey(FrameFormat.topicId(key), FrameFormat.partition(key));
        }

        long key() {
            return FrameFormat.partitionKey(topicId, partition);
        }
    }

    record PartitionOffset(PartitionKey partition, CommittedOffset offset) {}

    /** @param transaction null for a producer that is idempotent only */
    record ProducerSnapshot(
            long producerId,
            short epoch,
            long updatedMillis,
            @Nullable TransactionSnapshot transaction,
            List<SequenceSnapshot> sequences) {}

    record TransactionSnapshot(
            String transactionalId,
            short previousEpoch,
            TransactionState state,
            long timeoutMillis,
            long startedMillis,
            List<PartitionKey> partitions,
            List<String> groups,
            List<OffsetsCommitted> pending) {}

    /** What one partition knows of a producer. {@code openFrom} is -1 where it has no open transaction. */
    record SequenceSnapshot(
            PartitionKey partition, short epoch, long updatedMillis, long openFrom, List<SequencedBatch> batches) {}

    record SequencedBatch(int firstSequence, int lastSequence, long baseOffset, long lastOffset) {}
}
