package io.tidemill.log;

import io.tidemill.log.Catalog.PartitionState;
import io.tidemill.log.Catalog.TopicState;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.batch.BatchHeader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Decides what becomes of a commit, by what is written so far; changes nothing. Called with the append and the state lock. */
final class Decider {
    static final int OFFSET_METADATA_LENGTH_MAX = 4_096;

    private final EmbeddedLog log;
    private final Producers producers;

    Decider(EmbeddedLog log, Producers producers) {
        this.log = log;
        this.producers = producers;
    }

    /** A batch on its way into a frame. */
    record Placed(PartitionState partition, Batch batch, BatchHeader header) {
        long baseOffset() {
            return header.baseOffset();
        }
    }

    /** Gives every batch of a commit its offset, or refuses the commit. */
    List<Placed> place(Commit commit) {
        commit.expectedEnds().forEach((partition, expected) -> {
            long end = log.required(partition).nextOffset;
            if (end != expected) {
                throw new LogException(
                        Code.CONFLICT, partition + " ends at " + end + ", not at " + expected + " as was expected");
            }
        });
        long now = log.options.clock().millis();
        List<Placed> placed = new ArrayList<>(commit.appends().size());
        Map<PartitionState, Long> next = new HashMap<>();
        for (Commit.Append append : commit.appends()) {
            PartitionState partition = requireFitting(append);
            Batch batch = isStamped(append) ? append.batch().stampedAtAppend(now) : append.batch();
            long base = next.getOrDefault(partition, partition.nextOffset);
            placed.add(new Placed(partition, batch, batch.header().at(base)));
            next.put(partition, base + batch.offsetCount());
        }
        return placed;
    }

    private boolean isStamped(Commit.Append append) {
        return log.required(append.partition().topic()).created.config().stampedAtAppend();
    }

    /** The log's own batches, at most one for a partition. Topics that have gone meanwhile need none. */
    List<Placed> placeMarkers(List<Commit.Append> markers) {
        List<Placed> placed = new ArrayList<>(markers.size());
        for (Commit.Append marker : markers) {
            if (log.catalog.topic(marker.partition().topic()) != null) {
                PartitionState partition = log.required(marker.partition());
                Batch batch = marker.batch();
                placed.add(new Placed(partition, batch, batch.header().at(partition.nextOffset)));
            }
        }
        return placed;
    }

    /** Gives one producer's batch its offset, finds it there already, or refuses it. */
    AppendResult placeOne(Commit.Append append, Set<PartitionState> taken, long nowMillis, List<Placed> placed) {
        try {
            PartitionState partition = requireFitting(append);
            BatchHeader header = append.batch().header();
            if (!taken.add(partition)) {
                throw new LogException(Code.INVALID_RECORD, "one request holds one batch for " + append.partition());
            }
            requireSent(header);
            long duplicate = header.hasProducer() ? producers.judge(header, partition.key) : -1;
            if (duplicate >= 0) {
                return new AppendResult.Duplicate(duplicate, partition.start);
            }
            boolean stamped = isStamped(append);
            Batch batch = stamped ? append.batch().stampedAtAppend(nowMillis) : append.batch();
            placed.add(new Placed(partition, batch, batch.header().at(partition.nextOffset)));
            return new AppendResult.Appended(partition.nextOffset, stamped ? nowMillis : -1, partition.start);
        } catch (LogException e) {
            return new AppendResult.Refused(e);
        }
    }

    /** A transaction of nobody would never end, and a marker of somebody else's would end what it should not. */
    private static void requireSent(BatchHeader header) {
        boolean numbered = header.producerEpoch() >= 0 && header.baseSequence() >= 0;
        if (header.control() || (header.hasProducer() ? !numbered : header.transactional())) {
            throw new LogException(
                    Code.INVALID_RECORD,
                    "a batch of producer " + header.producerId() + " with epoch " + header.producerEpoch()
                            + " and sequence " + header.baseSequence() + ", which no producer sends");
        }
    }

    private PartitionState requireFitting(Commit.Append append) {
        TopicState topic = log.required(append.partition().topic());
        PartitionState partition = log.required(append.partition());
        Batch batch = append.batch();
        int recordBytesMax = topic.created.config().recordBytesMax();
        if (batch.recordBytesMax() > recordBytesMax) {
            throw new LogException(
                    Code.RECORD_TOO_LARGE,
                    "a record of " + batch.recordBytesMax() + " bytes is larger than topic '"
                            + topic.created.name() + "' takes (" + recordBytesMax
                            + " bytes): make it smaller, or create the topic with a larger record-bytes-max (up to "
                            + TopicConfig.RECORD_BYTES_MAX_LIMIT + ")");
        }
        return partition;
    }

    /** What a commit changes besides records. */
    List<Change> changes(Commit commit) {
        List<Change> changes = new ArrayList<>();
        commit.offsets().forEach((group, offsets) -> changes.add(offsets(group, offsets)));
        commit.forgottenOffsets().forEach((group, partitions) -> {
            List<Change.PartitionKey> keys = partitions.stream()
                    .map(partition -> Change.PartitionKey.of(log.required(partition).key))
                    .toList();
            changes.add(new Change.OffsetsForgotten(group, keys));
        });
        commit.forgottenGroups().forEach(group -> changes.add(new Change.OffsetsForgotten(group, List.of())));
        commit.trims().forEach((partition, start) -> {
            PartitionState state = log.required(partition);
            if (start > state.nextOffset) {
                throw new LogException(
                        Code.INVALID, "cannot trim " + partition + " to " + start + ": it ends at " + state.nextOffset);
            }
            changes.add(new Change.StartMoved(FrameFormat.topicId(state.key), FrameFormat.partition(state.key), start));
        });
        return changes;
    }

    Change.OffsetsCommitted offsets(String group, Map<TopicPartition, CommittedOffset> offsets) {
        long now = log.options.clock().millis();
        List<Change.PartitionOffset> byId = new ArrayList<>(offsets.size());
        offsets.forEach((partition, offset) -> {
            if (offset.metadata().length() > OFFSET_METADATA_LENGTH_MAX) {
                throw new LogException(
                        Code.INVALID,
                        "an offset's metadata has at most " + OFFSET_METADATA_LENGTH_MAX + " characters, not "
                                + offset.metadata().length());
            }
            Change.PartitionKey key = Change.PartitionKey.of(log.required(partition).key);
            byId.add(new Change.PartitionOffset(key, offset.stamped(now)));
        });
        return new Change.OffsetsCommitted(group, byId);
    }
}
