package io.tidemill.log;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.log.Change.Aborted;
import io.tidemill.log.Change.Open;
import io.tidemill.log.Change.PartitionKey;
import io.tidemill.log.Change.PartitionSnapshot;
import io.tidemill.log.Change.ProducerSnapshot;
import io.tidemill.log.Change.SequenceSnapshot;
import io.tidemill.log.Change.SequencedBatch;
import io.tidemill.log.Change.TopicSnapshot;
import io.tidemill.log.Change.TransactionSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The bytes of a {@link Change}; docs/journal-format.md tells every field. What earlier versions wrote is still read. */
final class ChangeCodec {
    private static final byte TOPIC_CREATED_1 = 1;
    private static final byte TOPIC_DELETED = 2;
    private static final byte OFFSETS_COMMITTED_1 = 3;
    private static final byte START_MOVED = 4;
    private static final byte COMPACTED = 5;
    private static final byte SNAPSHOT_1 = 6;
    private static final byte TOPIC_CREATED = 7;
    private static final byte TOPIC_ALTERED = 8;
    private static final byte OFFSETS_COMMITTED = 9;
    private static final byte OFFSETS_FORGOTTEN = 10;
    private static final byte PRODUCER_IDS_RESERVED = 11;
    private static final byte PRODUCER_INITIALIZED = 12;
    private static final byte TRANSACTIONAL_ID_FORGOTTEN = 13;
    private static final byte TRANSACTION_EXTENDED = 14;
    private static final byte OFFSETS_PENDING = 15;
    private static final byte TRANSACTION_ENDED = 16;
    private static final byte SNAPSHOT = 17;

    private ChangeCodec() {}

    // ---- writing ----

    static void write(Change change, ByteSink sink) {
        if (change instanceof Change.TopicCreated created) {
            sink.write(TOPIC_CREATED);
            writeTopic(created, sink);
        } else if (change instanceof Change.TopicAltered altered) {
            sink.write(TOPIC_ALTERED);
            writeTopic(altered.topic(), sink);
        } else if (change instanceof Change.TopicDeleted deleted) {
            sink.write(TOPIC_DELETED);
            sink.writeVarint(deleted.topicId());
        } else if (change instanceof Change.OffsetsCommitted committed) {
            sink.write(OFFSETS_COMMITTED);
            writeOffsets(committed, sink);
        } else if (change instanceof Change.OffsetsForgotten forgotten) {
            sink.write(OFFSETS_FORGOTTEN);
            sink.writeText(forgotten.group());
            writeList(forgotten.partitions(), sink, ChangeCodec::writeKey);
        } else if (change instanceof Change.StartMoved moved) {
            sink.write(START_MOVED);
            sink.writeVarint(moved.topicId());
            sink.writeVarint(moved.partition());
            sink.writeVarlong(moved.start());
        } else if (change instanceof Change.Compacted compacted) {
            sink.write(COMPACTED);
            sink.writeVarint(compacted.topicId());
            sink.writeVarint(compacted.partition());
            sink.writeVarlong(compacted.upTo());
        } else if (change instanceof Change.Snapshot snapshot) {
            sink.write(SNAPSHOT);
            writeSnapshot(snapshot, sink);
        } else {
            writeTransactional(change, sink);
        }
    }

    private static void writeTransactional(Change change, ByteSink sink) {
        if (change instanceof Change.ProducerIdsReserved reserved) {
            sink.write(PRODUCER_IDS_RESERVED);
            sink.writeVarlong(reserved.upTo());
        } else if (change instanceof Change.ProducerInitialized initialized) {
            sink.write(PRODUCER_INITIALIZED);
            sink.writeText(initialized.transactionalId());
            sink.writeVarlong(initialized.producerId());
            writeEpoch(initialized.epoch(), sink);
            writeEpoch(initialized.previousEpoch(), sink);
            sink.writeVarlong(initialized.timeoutMillis());
        } else if (change instanceof Change.TransactionalIdForgotten forgotten) {
            sink.write(TRANSACTIONAL_ID_FORGOTTEN);
            sink.writeText(forgotten.transactionalId());
        } else if (change instanceof Change.TransactionExtended extended) {
            sink.write(TRANSACTION_EXTENDED);
            sink.writeVarlong(extended.producerId());
            writeList(extended.partitions(), sink, ChangeCodec::writeKey);
            writeList(extended.groups(), sink, (group, into) -> into.writeText(group));
        } else if (change instanceof Change.OffsetsPending pending) {
            sink.write(OFFSETS_PENDING);
            sink.writeVarlong(pending.producerId());
            writeOffsets(pending.offsets(), sink);
        } else if (change instanceof Change.TransactionEnded ended) {
            sink.write(TRANSACTION_ENDED);
            sink.writeVarlong(ended.producerId());
            writeEpoch(ended.epoch(), sink);
            sink.write(ended.committed() ? 1 : 0);
        } else {
            throw new IllegalStateException("no bytes for " + change.getClass());
        }
    }

    private static void writeSnapshot(Change.Snapshot snapshot, ByteSink sink) {
        sink.writeVarint(snapshot.nextTopicId());
        writeList(snapshot.topics(), sink, (topic, into) -> {
            writeTopic(topic.topic(), into);
            topic.partitions().forEach(partition -> writePartition(partition, into));
        });
        writeList(snapshot.groups(), sink, ChangeCodec::writeOffsets);
        sink.writeVarlong(snapshot.producerIdsUpTo());
        writeList(snapshot.producers(), sink, ChangeCodec::writeProducer);
    }

    private static void writePartition(PartitionSnapshot partition, ByteSink sink) {
        sink.writeVarlong(partition.start());
        sink.writeVarlong(partition.end());
        sink.writeVarlong(partition.compactedUpTo());
        writeList(partition.open(), sink, (open, into) -> {
            into.writeVarlong(open.producerId());
            into.writeVarlong(open.firstOffset());
        });
        writeList(partition.aborted(), sink, (aborted, into) -> {
            into.writeVarlong(aborted.producerId());
            into.writeVarlong(aborted.firstOffset());
            into.writeVarlong(aborted.lastOffset());
        });
    }

    private static void writeProducer(ProducerSnapshot producer, ByteSink sink) {
        sink.writeVarlong(producer.producerId());
        writeEpoch(producer.epoch(), sink);
        sink.writeVarlong(producer.updatedMillis());
        TransactionSnapshot transaction = producer.transaction();
        sink.write(transaction == null ? 0 : 1);
        if (transaction != null) {
            sink.writeText(transaction.transactionalId());
            writeEpoch(transaction.previousEpoch(), sink);
            sink.writeText(transaction.state().name());
            sink.writeVarlong(transaction.timeoutMillis());
            sink.writeVarlong(transaction.startedMillis());
            writeList(transaction.partitions(), sink, ChangeCodec::writeKey);
            writeList(transaction.groups(), sink, (group, into) -> into.writeText(group));
            writeList(transaction.pending(), sink, ChangeCodec::writeOffsets);
        }
        writeList(producer.sequences(), sink, (sequence, into) -> {
            writeKey(sequence.partition(), into);
            writeEpoch(sequence.epoch(), into);
            into.writeVarlong(sequence.updatedMillis());
            into.writeVarlong(sequence.openFrom());
            writeList(sequence.batches(), into, ChangeCodec::writeBatch);
        });
    }

    private static void writeBatch(SequencedBatch batch, ByteSink sink) {
        sink.writeVarint(batch.firstSequence());
        sink.writeVarint(batch.lastSequence());
        sink.writeVarlong(batch.baseOffset());
        sink.writeVarlong(batch.lastOffset());
    }

    private static void writeTopic(Change.TopicCreated topic, ByteSink sink) {
        TopicConfig config = topic.config();
        Duration retention = config.retention();
        Long retentionBytes = config.retentionBytes();
        sink.writeVarint(topic.topicId());
        sink.writeLong(topic.uuid().getMostSignificantBits());
        sink.writeLong(topic.uuid().getLeastSignificantBits());
        sink.writeText(topic.name());
        sink.writeVarint(config.partitions());
        sink.writeVarlong(retention == null ? -1 : retention.toMillis());
        sink.writeVarlong(retentionBytes == null ? -1 : retentionBytes);
        sink.write(config.compacted() ? 1 : 0);
        sink.writeVarint(config.recordBytesMax());
        sink.write(config.stampedAtAppend() ? 1 : 0);
        writeList(List.copyOf(new TreeMap<>(config.properties()).entrySet()), sink, (property, into) -> {
            into.writeText(property.getKey());
            into.writeText(property.getValue());
        });
    }

    private static void writeOffsets(Change.OffsetsCommitted committed, ByteSink sink) {
        sink.writeText(committed.group());
        writeList(committed.offsets(), sink, (each, into) -> {
            writeKey(each.partition(), into);
            into.writeVarlong(each.offset().offset());
            into.writeVarlong(each.offset().leaderEpoch());
            into.writeText(each.offset().metadata());
            into.writeVarlong(each.offset().commitTimeMillis());
        });
    }

    private static void writeKey(PartitionKey key, ByteSink sink) {
        sink.writeVarint(key.topicId());
        sink.writeVarint(key.partition());
    }

    private static void writeEpoch(short epoch, ByteSink sink) {
        sink.writeVarlong(epoch);
    }

    private static <T> void writeList(List<T> list, ByteSink sink, BiConsumer<T, ByteSink> writer) {
        sink.writeVarint(list.size());
        list.forEach(each -> writer.accept(each, sink));
    }

    // ---- reading ----

    static Change read(ByteSource source) {
        byte type = source.readByte();
        return switch (type) {
            case TOPIC_CREATED_1 -> readTopic1(source);
            case TOPIC_DELETED -> new Change.TopicDeleted(source.readVarint());
            case OFFSETS_COMMITTED_1 -> readOffsets1(source);
            case START_MOVED -> new Change.StartMoved(source.readVarint(), source.readVarint(), source.readVarlong());
            case COMPACTED -> new Change.Compacted(source.readVarint(), source.readVarint(), source.readVarlong());
            case SNAPSHOT_1 -> readSnapshot1(source);
            case TOPIC_CREATED -> readTopic(source);
            case TOPIC_ALTERED -> new Change.TopicAltered(readTopic(source));
            case OFFSETS_COMMITTED -> readOffsets(source);
            case OFFSETS_FORGOTTEN ->
                new Change.OffsetsForgotten(source.readText(), readList(source, ChangeCodec::readKey));
            case PRODUCER_IDS_RESERVED -> new Change.ProducerIdsReserved(source.readVarlong());
            case PRODUCER_INITIALIZED ->
                new Change.ProducerInitialized(
                        source.readText(),
                        source.readVarlong(),
                        readEpoch(source),
                        readEpoch(source),
                        source.readVarlong());
            case TRANSACTIONAL_ID_FORGOTTEN -> new Change.TransactionalIdForgotten(source.readText());
            case TRANSACTION_EXTENDED ->
                new Change.TransactionExtended(
                        source.readVarlong(),
                        readList(source, ChangeCodec::readKey),
                        readList(source, ByteSource::readText));
            case OFFSETS_PENDING -> new Change.OffsetsPending(source.readVarlong(), readOffsets(source));
            case TRANSACTION_ENDED ->
                new Change.TransactionEnded(source.readVarlong(), readEpoch(source), source.readByte() != 0);
            case SNAPSHOT -> readSnapshot(source);
            default -> throw new IllegalStateException("a change of the unknown type " + type);
        };
    }

    private static Change.Snapshot readSnapshot(ByteSource source) {
        return new Change.Snapshot(
                source.readVarint(),
                readList(source, ChangeCodec::readTopicSnapshot),
                readList(source, ChangeCodec::readOffsets),
                source.readVarlong(),
                readList(source, ChangeCodec::readProducer));
    }

    private static TopicSnapshot readTopicSnapshot(ByteSource source) {
        Change.TopicCreated topic = readTopic(source);
        List<PartitionSnapshot> partitions = new ArrayList<>();
        for (int p = 0; p < topic.config().partitions(); p++) {
            partitions.add(new PartitionSnapshot(
                    source.readVarlong(),
                    source.readVarlong(),
                    source.readVarlong(),
                    readList(source, from -> new Open(from.readVarlong(), from.readVarlong())),
                    readList(source, from -> new Aborted(from.readVarlong(), from.readVarlong(), from.readVarlong()))));
        }
        return new TopicSnapshot(topic, partitions);
    }

    private static ProducerSnapshot readProducer(ByteSource source) {
        return new ProducerSnapshot(
                source.readVarlong(),
                readEpoch(source),
                source.readVarlong(),
                source.readByte() == 0 ? nullable(null) : readTransaction(source),
                readList(source, ChangeCodec::readSequence));
    }

    private static TransactionSnapshot readTransaction(ByteSource source) {
        return new TransactionSnapshot(
                source.readText(),
                readEpoch(source),
                TransactionState.valueOf(source.readText()),
                source.readVarlong(),
                source.readVarlong(),
                readList(source, ChangeCodec::readKey),
                readList(source, ByteSource::readText),
                readList(source, ChangeCodec::readOffsets));
    }

    private static SequenceSnapshot readSequence(ByteSource source) {
        return new SequenceSnapshot(
                readKey(source),
                readEpoch(source),
                source.readVarlong(),
                source.readVarlong(),
                readList(
                        source,
                        from -> new SequencedBatch(
                                from.readVarint(), from.readVarint(), from.readVarlong(), from.readVarlong())));
    }

    private static Change.TopicCreated readTopic(ByteSource source) {
        Change.TopicCreated base = readTopic1(source);
        boolean stampedAtAppend = source.readByte() != 0;
        Map<String, String> properties = new TreeMap<>();
        for (int i = source.readVarint(); i > 0; i--) {
            properties.put(source.readText(), source.readText());
        }
        TopicConfig config = base.config();
        return new Change.TopicCreated(
                base.topicId(),
                base.uuid(),
                base.name(),
                new TopicConfig(
                        config.partitions(),
                        config.retention(),
                        config.retentionBytes(),
                        config.compacted(),
                        config.recordBytesMax(),
                        stampedAtAppend,
                        properties));
    }

    private static Change.OffsetsCommitted readOffsets(ByteSource source) {
        return new Change.OffsetsCommitted(
                source.readText(),
                readList(
                        source,
                        from -> new Change.PartitionOffset(
                                readKey(from),
                                new CommittedOffset(
                                        from.readVarlong(),
                                        (int) from.readVarlong(),
                                        from.readText(),
                                        from.readVarlong()))));
    }

    private static PartitionKey readKey(ByteSource source) {
        return new PartitionKey(source.readVarint(), source.readVarint());
    }

    private static short readEpoch(ByteSource source) {
        return (short) source.readVarlong();
    }

    private static <T> List<T> readList(ByteSource source, Function<ByteSource, T> reader) {
        List<T> list = new ArrayList<>();
        for (int i = source.readVarint(); i > 0; i--) {
            list.add(reader.apply(source));
        }
        return list;
    }

    private static <T> @Nullable T nullable(@Nullable T value) {
        return value;
    }

    // ---- reading what version 0.1 wrote before there were transactions ----

    private static Change.Snapshot readSnapshot1(ByteSource source) {
        int nextTopicId = source.readVarint();
        List<TopicSnapshot> topics = new ArrayList<>();
        for (int t = source.readVarint(); t > 0; t--) {
            Change.TopicCreated topic = readTopic1(source);
            List<PartitionSnapshot> partitions = new ArrayList<>();
            for (int p = 0; p < topic.config().partitions(); p++) {
                partitions.add(new PartitionSnapshot(
                        source.readVarlong(), source.readVarlong(), source.readVarlong(), List.of(), List.of()));
            }
            topics.add(new TopicSnapshot(topic, partitions));
        }
        return new Change.Snapshot(nextTopicId, topics, readList(source, ChangeCodec::readOffsets1), 0, List.of());
    }

    private static Change.TopicCreated readTopic1(ByteSource source) {
        int topicId = source.readVarint();
        UUID uuid = new UUID(source.readLong(), source.readLong());
        String name = source.readText();
        int partitions = source.readVarint();
        long retention = source.readVarlong();
        long retentionBytes = source.readVarlong();
        boolean compacted = source.readByte() != 0;
        int recordBytesMax = source.readVarint();
        return new Change.TopicCreated(
                topicId,
                uuid,
                name,
                new TopicConfig(
                        partitions,
                        nullable(retention < 0 ? null : Duration.ofMillis(retention)),
                        nullable(retentionBytes < 0 ? null : (Long) retentionBytes),
                        compacted,
                        recordBytesMax));
    }

    private static Change.OffsetsCommitted readOffsets1(ByteSource source) {
        return new Change.OffsetsCommitted(
                source.readText(),
                readList(
                        source,
                        from -> new Change.PartitionOffset(
                                readKey(from), new CommittedOffset(from.readVarlong(), -1, "", 0))));
    }
}
