package io.tidemill.testkit;

import io.tidemill.log.AbortedTransaction;
import io.tidemill.log.AppendResult;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.FetchedBatches;
import io.tidemill.log.PartitionStatus;
import io.tidemill.log.ProducerDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.TransactionDescription;
import io.tidemill.log.batch.BatchHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Compares what a log knows of producers and their transactions with what it should know. */
final class ProducerChecks {
    private final EmbeddedLog log;
    private final LogModel model;

    ProducerChecks(EmbeddedLog log, LogModel model) {
        this.log = log;
        this.model = model;
    }

    void run() throws LogModel.Mismatch {
        checkTransactions();
        checkPending();
        for (TopicPartition partition : model.partitions()) {
            checkStatus(partition);
            checkProducers(partition);
            checkBatches(partition);
        }
        checkDuplicates();
    }

    private void checkTransactions() throws LogModel.Mismatch {
        List<String> expected = new ArrayList<>();
        List<String> found = new ArrayList<>();
        for (TransactionDescription each : log.transactions().list()) {
            ProducerModel producer = model.producer(each.transactionalId());
            if (producer != null && producer.id < 0) {
                producer.id = each.producer().id(); // the answer that told it was lost
            }
            found.add(each.transactionalId() + " " + each.producer() + " " + each.state() + " " + each.startedMillis()
                    + " " + new TreeSet<>(each.partitions()));
        }
        for (ProducerModel each : model.producers()) {
            if (each.transactionalId != null) {
                expected.add(each.transactionalId + " " + each.identity() + " " + each.state + " " + each.startedMillis
                        + " " + each.partitions);
            }
        }
        LogModel.require(found.equals(expected), "transactions are " + found + ", not " + expected);
    }

    private void checkPending() throws LogModel.Mismatch {
        Map<String, Set<TopicPartition>> expected = new TreeMap<>();
        for (ProducerModel producer : model.producers()) {
            producer.pending.forEach((group, offsets) ->
                    expected.computeIfAbsent(group, g -> new TreeSet<>()).addAll(offsets.keySet()));
        }
        for (String group : LogWorkload.GROUPS) {
            Set<TopicPartition> found = log.pendingOffsets(group);
            LogModel.require(
                    found.equals(expected.getOrDefault(group, Set.of())),
                    "pending of " + group + " are " + found + ", not " + expected.get(group));
        }
    }

    private void checkStatus(TopicPartition partition) throws LogModel.Mismatch {
        LogModel.PartitionModel expected = model.partition(partition);
        PartitionStatus status = new PartitionStatus(expected.start(), model.stableEnd(partition), expected.end());
        PartitionStatus found = log.partitionStatus(partition);
        LogModel.require(found.equals(status), partition + " is " + found + ", not " + status);
    }

    private void checkProducers(TopicPartition partition) throws LogModel.Mismatch {
        TreeSet<String> found = new TreeSet<>();
        for (ProducerDescription each : log.transactions().producers(partition)) {
            found.add(each.producer() + " " + each.lastSequence() + " " + each.openTransactionStart());
        }
        TreeSet<String> expected = new TreeSet<>();
        for (ProducerModel producer : model.producers()) {
            ProducerModel.Sequences known = producer.sequences.get(partition);
            if (known != null) {
                expected.add(new io.tidemill.log.ProducerIdentity(producer.id, known.epoch()) + " " + known.last() + " "
                        + producer.openFrom.getOrDefault(partition, -1L));
            }
        }
        LogModel.require(found.equals(expected), partition + " knows " + found + ", not " + expected);
    }

    private void checkBatches(TopicPartition partition) throws LogModel.Mismatch {
        LogModel.PartitionModel expected = model.partition(partition);
        long stableEnd = model.stableEnd(partition);
        if (expected.aborted().isEmpty() && stableEnd == expected.end()) {
            return; // records are read elsewhere
        }
        FetchedBatches committed = log.fetchBatches(partition, expected.start(), Integer.MAX_VALUE, true);
        long to = nextOffset(committed.batches());
        List<AbortedTransaction> aborted = expected.aborted().stream()
                .filter(each -> each.lastOffset() >= expected.start() && each.firstOffset() < to)
                .map(each -> new AbortedTransaction(each.producerId(), each.firstOffset()))
                .sorted((left, right) -> Long.compare(left.firstOffset(), right.firstOffset()))
                .toList();
        LogModel.require(
                committed.aborted().equals(aborted),
                partition + " has aborted " + committed.aborted() + ", not " + aborted);
        long at = stableEnd;
        if (expected.end() > stableEnd) {
            ByteBuffer open = log.fetchBatches(partition, stableEnd, Integer.MAX_VALUE, false)
                    .batches();
            for (int i = 0; i < open.limit(); i += 12 + open.getInt(i + 8)) {
                BatchHeader batch = BatchHeader.of(open, i);
                LogModel.Entry entry = expected.entry(Math.max(stableEnd, batch.baseOffset()));
                LogModel.require(
                        batch.baseOffset() <= at
                                && batch.producerId() == entry.producerId()
                                && batch.control() == entry.isMarker(),
                        partition + " has " + batch + " at " + at + ", not " + entry);
                at = batch.lastOffset() + 1;
            }
        }
        LogModel.require(at == expected.end(), partition + " has batches up to " + at + ", not " + expected.end());
    }

    private static long nextOffset(ByteBuffer batches) {
        long next = 0;
        for (int i = 0; i < batches.limit(); i += 12 + batches.getInt(i + 8)) {
            next = BatchHeader.of(batches, i).lastOffset() + 1;
        }
        return next;
    }

    /** What was sent before is known again; asking changes nothing. */
    private void checkDuplicates() throws LogModel.Mismatch {
        for (ProducerModel producer : model.producers()) {
            for (TopicPartition partition : producer.sequences.keySet()) {
                ProducerModel.Sequences known = producer.sequences.get(partition);
                if (known != null
                        && known.epoch() == producer.epoch
                        && !known.known().isEmpty()) {
                    checkDuplicate(partition, known.known().get(0));
                    checkDuplicate(partition, known.known().get(known.known().size() - 1));
                }
            }
        }
    }

    private void checkDuplicate(TopicPartition partition, ProducerModel.Sent sent) throws LogModel.Mismatch {
        AppendResult result = log.append(List.of(new Commit.Append(partition, sent.batch())))
                .results()
                .get(0);
        LogModel.require(
                result instanceof AppendResult.Duplicate duplicate && duplicate.baseOffset() == sent.baseOffset(),
                partition + " answers " + result + " to what is at " + sent.baseOffset());
    }
}
