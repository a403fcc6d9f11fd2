package io.tidemill.testkit;

import io.tidemill.api.Header;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.TransactionState;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** What a log should hold, in plain maps and lists. */
final class LogModel {
    private static final int FETCH_BYTES = 20_000;

    /** More than what the log needs for a batch besides the batch. */
    private static final int BATCH_OVERHEAD_BYTES_MAX = 64;

    private final TreeMap<String, TopicModel> topics = new TreeMap<>();
    private final TreeMap<String, TreeMap<TopicPartition, Long>> groups = new TreeMap<>();
    private final TreeMap<String, ProducerModel> producers = new TreeMap<>();

    /** One record; its offset is its place in its partition's list. */
    record Entry(
            long timestamp,
            long appendTime,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<Header> headers,
            Batch batch,
            long producerId,
            boolean isMarker) {}

    /** A transaction that never happened; {@code lastOffset} is its marker's. */
    record Aborted(long producerId, long firstOffset, long lastOffset) {}

    /** The batch that a record came in. */
    record Batch(long baseOffset, int sizeInBytes) {}

    record TopicModel(TopicConfig config, List<PartitionModel> partitions) {}

    /** Copies share the list of records until two of them append. */
    static final class PartitionModel {
        private long start;
        private int end;
        private List<Entry> entries = new ArrayList<>();
        private final List<Aborted> aborted = new ArrayList<>();
        private @Nullable BitSet uncommitted; // of all entries; null where it is to be made again

        PartitionModel copy() {
            PartitionModel copy = new PartitionModel();
            copy.aborted.addAll(aborted);
            copy.uncommitted = uncommitted;
            copy.start = start;
            copy.end = end;
            copy.entries = entries;
            return copy;
        }

        long start() {
            return start;
        }

        List<Aborted> aborted() {
            return aborted;
        }

        Entry entry(long offset) {
            return entries.get((int) offset);
        }

        void abort(Aborted transaction) {
            aborted.add(transaction);
            uncommitted = null;
        }

        private boolean isCommitted(long offset) {
            BitSet known = uncommitted;
            if (known == null) {
                known = findUncommitted();
                uncommitted = known;
            }
            return !known.get((int) offset);
        }

        private BitSet findUncommitted() {
            BitSet found = new BitSet();
            for (int offset = 0; offset < end; offset++) {
                if (entry(offset).isMarker) {
                    found.set(offset);
                }
            }
            for (Aborted each : aborted) {
                for (int offset = (int) each.firstOffset; offset <= each.lastOffset && offset < end; offset++) {
                    if (entry(offset).producerId == each.producerId) {
                        found.set(offset);
                    }
                }
            }
            return found;
        }

        long end() {
            return end;
        }

        void append(Entry entry) {
            if (entries.size() > end) {
                entries = new ArrayList<>(entries.subList(0, end));
            }
            entries.add(entry);
            end++;
            uncommitted = null;
        }
    }

    /** A mismatch between the log and what it should hold. */
    static final class Mismatch extends Exception {
        private static final long serialVersionUID = 1;

        Mismatch(String message) {
            super(message);
        }
    }

    static void require(boolean condition, String message) throws Mismatch {
        if (!condition) {
            throw new Mismatch(message);
        }
    }

    LogModel copy() {
        LogModel copy = new LogModel();
        topics.forEach((name, topic) -> copy.topics.put(
                name,
                new TopicModel(
                        topic.config,
                        topic.partitions.stream().map(PartitionModel::copy).toList())));
        groups.forEach((group, offsets) -> copy.groups.put(group, new TreeMap<>(offsets)));
        producers.forEach((name, producer) -> copy.producers.put(name, producer.copy()));
        return copy;
    }

    // ---- producers ----

    Iterable<ProducerModel> producers() {
        return producers.values();
    }

    @Nullable
    ProducerModel producer(String name) {
        return producers.get(name);
    }

    ProducerModel addProducer(String name, ProducerModel producer) {
        producers.put(name, producer);
        return producer;
    }

    /** Where a reader of committed records stops. */
    long stableEnd(TopicPartition partition) {
        PartitionModel model = partition(partition);
        long stable = model.end;
        for (ProducerModel producer : producers.values()) {
            stable = Math.min(stable, producer.openFrom.getOrDefault(partition, stable));
        }
        return Math.max(model.start, stable);
    }

    void end(ProducerModel producer, boolean committed, long nowMillis, int markerBytes) {
        for (TopicPartition partition : producer.partitions) {
            PartitionModel model = partition(partition);
            Long first = producer.openFrom.get(partition);
            if (first != null && !committed) {
                model.abort(new Aborted(producer.id, first, model.end));
            }
            Batch of = new Batch(model.end, markerBytes);
            model.append(new Entry(-1, nowMillis, null, null, List.of(), of, producer.id, true));
            producer.marked(partition);
        }
        if (committed) {
            producer.pending.forEach(
                    (group, offsets) -> offsets.forEach((partition, next) -> commitOffset(group, partition, next)));
        }
        producer.clear(committed ? TransactionState.COMPLETE_COMMIT : TransactionState.COMPLETE_ABORT);
    }

    void createTopic(String name, TopicConfig config) {
        List<PartitionModel> partitions = new ArrayList<>();
        for (int i = 0; i < config.partitions(); i++) {
            partitions.add(new PartitionModel());
        }
        topics.put(name, new TopicModel(config, partitions));
    }

    void deleteTopic(String name) {
        topics.remove(name);
        groups.values()
                .forEach(offsets ->
                        offsets.keySet().removeIf(partition -> partition.topic().equals(name)));
        groups.values().removeIf(Map::isEmpty);
        producers.values().forEach(producer -> producer.forgetTopic(name));
    }

    List<String> topics() {
        return List.copyOf(topics.keySet());
    }

    List<TopicPartition> partitions() {
        List<TopicPartition> all = new ArrayList<>();
        topics.forEach((name, topic) -> {
            for (int i = 0; i < topic.partitions.size(); i++) {
                all.add(new TopicPartition(name, i));
            }
        });
        return all;
    }

    PartitionModel partition(TopicPartition partition) {
        TopicModel topic = topics.get(partition.topic());
        if (topic == null) {
            throw new IllegalStateException("no topic " + partition.topic());
        }
        return topic.partitions.get(partition.partition());
    }

    void commitOffset(String group, TopicPartition partition, long next) {
        groups.computeIfAbsent(group, g -> new TreeMap<>()).put(partition, next);
    }

    void trim(TopicPartition partition, long firstNeeded) {
        PartitionModel model = partition(partition);
        model.start = Math.max(model.start, firstNeeded);
    }

    /** With the starts of the partitions of {@code log}, which retention may have moved; this one if it has not. */
    LogModel withStartsOf(Log log, long nowMillis) throws Mismatch {
        LogModel moved = copy();
        boolean isMoved = false;
        for (TopicPartition partition : partitions()) {
            TopicModel topic = topics.get(partition.topic());
            PartitionModel model = moved.partition(partition);
            if (topic != null && log.topic(partition.topic()).isPresent()) {
                long start = log.offsets(partition).start();
                require(
                        start >= model.start && start <= model.end,
                        partition + " starts at " + start + ", not from " + model.start + " to " + model.end);
                for (long offset = model.start; offset < start; offset++) {
                    require(
                            mayGo(topic.config, model, (int) offset, nowMillis),
                            partition + "@" + offset + " was removed too early");
                }
                isMoved |= start > model.start;
                model.start = start;
            }
        }
        return isMoved ? moved : this;
    }

    private static boolean mayGo(TopicConfig config, PartitionModel model, int offset, long nowMillis) {
        Duration retention = config.retention();
        if (retention != null && model.entries.get(offset).appendTime < nowMillis - retention.toMillis()) {
            return true;
        }
        Long bytesMax = config.retentionBytes();
        long bytes = 0;
        Batch counted = null;
        for (Entry entry : model.entries.subList(offset, model.end)) {
            if (!entry.batch.equals(counted)) {
                counted = entry.batch;
                bytes += counted.sizeInBytes + BATCH_OVERHEAD_BYTES_MAX;
            }
        }
        return bytesMax != null && bytes > bytesMax;
    }

    /** Reads the whole log, and throws unless this is exactly what it holds. */
    void check(EmbeddedLog log, long nowMillis, Duration tombstoneRetention) throws Mismatch {
        checkTopics(log);
        for (TopicPartition partition : partitions()) {
            checkRange(log, partition);
        }
        new ProducerChecks(log, this).run();
        for (TopicPartition partition : partitions()) {
            TopicModel topic = topics.get(partition.topic());
            Map<Long, Long> offsets = checkRecords(log, partition);
            if (topic != null && topic.config.compacted()) {
                checkNewestPerKey(partition, offsets, nowMillis - tombstoneRetention.toMillis());
            } else {
                PartitionModel model = partition(partition);
                long committed = LongStream.range(model.start, stableEnd(partition))
                        .filter(model::isCommitted)
                        .count();
                require(
                        offsets.size() == committed,
                        partition + " has " + offsets.size() + " records, not the " + committed + " from " + model.start
                                + " to " + stableEnd(partition));
                checkTimestamp(log, partition, model);
            }
        }
    }

    private void checkTopics(Log log) throws Mismatch {
        Map<String, TopicConfig> configs = new TreeMap<>();
        topics.forEach((name, topic) -> configs.put(name, topic.config));
        Map<String, TopicConfig> found = new TreeMap<>();
        for (TopicDescription topic : log.topics()) {
            found.put(topic.name(), topic.config());
        }
        require(configs.equals(found), "topics are " + found.keySet() + ", not " + configs.keySet());
        require(groups.equals(log.groups()), "groups are " + log.groups() + ", not " + groups);
    }

    private void checkRange(Log log, TopicPartition partition) throws Mismatch {
        PartitionModel model = partition(partition);
        OffsetRange expected = new OffsetRange(model.start, stableEnd(partition));
        OffsetRange found = log.offsets(partition);
        require(found.equals(expected), partition + " has " + found + ", not " + expected);
    }

    /** Each record that can be read is the one that was written; returns their offsets. */
    private Map<Long, Long> checkRecords(Log log, TopicPartition partition) throws Mismatch {
        PartitionModel model = partition(partition);
        Map<Long, Long> offsets = new HashMap<>();
        RecordCursor cursor = new RecordCursor();
        long at = model.start;
        long end = stableEnd(partition);
        while (at < end) {
            log.fetch(partition, at, FETCH_BYTES, cursor);
            long previous = at - 1;
            while (cursor.next()) {
                long offset = cursor.offset();
                require(
                        offset > previous && offset < end,
                        partition + "@" + offset + " follows " + previous + " and the end is " + end);
                require(model.isCommitted(offset), partition + "@" + offset + " was never committed");
                checkRecord(partition, cursor, model.entries.get((int) offset));
                offsets.put(offset, offset);
                previous = offset;
            }
            require(cursor.nextOffset() > at, partition + " cannot be read beyond " + at);
            at = cursor.nextOffset();
        }
        return offsets;
    }

    private static void checkRecord(TopicPartition partition, RecordCursor cursor, Entry entry) throws Mismatch {
        String where = partition + "@" + cursor.offset();
        require(Arrays.equals(cursor.key(), entry.key), where + " has another key");
        require(Arrays.equals(cursor.value(), entry.value), where + " has another value");
        require(cursor.timestampMillis() == entry.timestamp, where + " has another timestamp");
        require(cursor.appendTimeMillis() == entry.appendTime, where + " has another append time");
        List<Header> headers = cursor.headers();
        require(headers.size() == entry.headers.size(), where + " has other headers");
        for (int i = 0; i < headers.size(); i++) {
            Header header = headers.get(i);
            Header expected = entry.headers.get(i);
            require(
                    header.name().equals(expected.name()) && Arrays.equals(header.value(), expected.value()),
                    where + " has other headers");
        }
    }

    /** Compaction may leave out what has a newer value, and old tombstones; nothing else. */
    private void checkNewestPerKey(TopicPartition partition, Map<Long, Long> offsets, long tombstonesBefore)
            throws Mismatch {
        PartitionModel model = partition(partition);
        Map<ByteBuffer, Integer> newest = new HashMap<>();
        long end = stableEnd(partition);
        for (int offset = 0; offset < end; offset++) {
            byte[] key = model.entries.get(offset).key;
            if (key != null && model.isCommitted(offset)) {
                newest.put(ByteBuffer.wrap(key), offset);
            }
        }
        for (int offset = (int) model.start; offset < end; offset++) {
            Entry entry = model.entries.get(offset);
            if (!model.isCommitted(offset)) {
                continue;
            }
            boolean isNewest = entry.key == null || Objects.equals(newest.get(ByteBuffer.wrap(entry.key)), offset);
            boolean mayGo = entry.key != null && entry.value == null && entry.appendTime < tombstonesBefore;
            require(
                    !isNewest || mayGo || offsets.containsKey((long) offset),
                    partition + "@" + offset + " is the newest of its key and missing");
        }
    }

    private void checkTimestamp(Log log, TopicPartition partition, PartitionModel model) throws Mismatch {
        if (model.end > model.start) {
            long timestamp = model.entries.get((int) (model.start + model.end) / 2).timestamp;
            OptionalLong expected = OptionalLong.empty();
            long end = stableEnd(partition);
            for (int offset = (int) model.start; offset < end && expected.isEmpty(); offset++) {
                if (model.entries.get(offset).timestamp >= timestamp && model.isCommitted(offset)) {
                    expected = OptionalLong.of(offset);
                }
            }
            OptionalLong found = log.offsetAtOrAfter(partition, timestamp);
            require(
                    found.equals(expected),
                    partition + " has " + timestamp + " or later at " + found + ", not at " + expected);
        }
        if (model.start > 0) {
            try {
                log.fetch(partition, model.start - 1, 1, new RecordCursor());
                throw new Mismatch(partition + " can be read before its start");
            } catch (LogException e) {
                require(e.code() == LogException.Code.OFFSET_OUT_OF_RANGE, "unexpected " + e);
            }
        }
    }

    /** Which of {@code candidates} the log holds; throws what is wrong with each if none. */
    static LogModel identify(EmbeddedLog log, List<LogModel> candidates, long nowMillis, Duration tombstoneRetention) {
        List<String> mismatches = new ArrayList<>();
        for (LogModel candidate : candidates) {
            try {
                candidate.check(log, nowMillis, tombstoneRetention);
                return candidate;
            } catch (Mismatch e) {
                mismatches.add(String.valueOf(e.getMessage()));
            }
        }
        throw new AssertionError("the log holds none of the " + mismatches.size() + " states that it may hold: "
                + String.join("; ", mismatches.subList(0, Math.min(mismatches.size(), 4))));
    }
}
