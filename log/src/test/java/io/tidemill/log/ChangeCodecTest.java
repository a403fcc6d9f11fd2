package io.tidemill.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ChangeCodecTest {
    private static final long ID = (1L << 62) + 5;
    private static final Change.PartitionKey KEY = new Change.PartitionKey(70_000, 9_999);
    private static final Change.PartitionKey OTHER = new Change.PartitionKey(1, 0);

    private static final Change.TopicCreated PLAIN =
            new Change.TopicCreated(1, new UUID(-1, 1), "plain", TopicConfig.of(1));
    private static final Change.TopicCreated FULL = new Change.TopicCreated(
            70_000,
            new UUID(Long.MIN_VALUE, Long.MAX_VALUE),
            "Tüpic",
            new TopicConfig(
                    2, Duration.ofMillis(1), 0L, true, 1024, true, Map.of("min.insync.replicas", "2", "x", "")));
    private static final Change.TopicCreated FOR_EVER = new Change.TopicCreated(
            3, new UUID(0, 0), "for ever", TopicConfig.of(1).retention(null).retentionBytes(null));

    private static final Change.OffsetsCommitted OFFSETS = new Change.OffsetsCommitted(
            "grüppe",
            List.of(
                    new Change.PartitionOffset(KEY, new CommittedOffset(Long.MAX_VALUE, Integer.MAX_VALUE, "nöte", -1)),
                    new Change.PartitionOffset(OTHER, new CommittedOffset(0, -1, "", Long.MAX_VALUE))));

    private static final Change.TransactionSnapshot OPEN = new Change.TransactionSnapshot(
            "täx",
            (short) -1,
            TransactionState.ONGOING,
            900_000,
            1_700_000_000_000L,
            List.of(KEY, OTHER),
            List.of("g", ""),
            List.of(OFFSETS));

    private static final Change.Snapshot SNAPSHOT = new Change.Snapshot(
            70_001,
            List.of(
                    new Change.TopicSnapshot(
                            FULL,
                            List.of(
                                    new Change.PartitionSnapshot(
                                            1,
                                            ID,
                                            7,
                                            List.of(new Change.Open(ID, 40), new Change.Open(0, 41)),
                                            List.of(new Change.Aborted(ID, 2, 3), new Change.Aborted(0, 1, ID))),
                                    new Change.PartitionSnapshot(0, 0, 0, List.of(), List.of()))),
                    new Change.TopicSnapshot(
                            PLAIN, List.of(new Change.PartitionSnapshot(5, 5, 0, List.of(), List.of())))),
            List.of(OFFSETS, new Change.OffsetsCommitted("empty", List.of())),
            ID,
            List.of(
                    new Change.ProducerSnapshot(
                            ID,
                            Short.MAX_VALUE,
                            -1,
                            OPEN,
                            List.of(new Change.SequenceSnapshot(
                                    KEY,
                                    (short) -1,
                                    0,
                                    -1,
                                    List.of(
                                            new Change.SequencedBatch(Integer.MAX_VALUE, 0, ID, ID + 1),
                                            new Change.SequencedBatch(1, Integer.MAX_VALUE, 0, 0))))),
                    new Change.ProducerSnapshot(0, (short) 0, 0, null, List.of())));

    private static final List<Change> ALL = List.of(
            PLAIN,
            FULL,
            FOR_EVER,
            new Change.TopicAltered(FULL),
            new Change.TopicDeleted(Integer.MAX_VALUE),
            OFFSETS,
            new Change.OffsetsForgotten("g", List.of()),
            new Change.OffsetsForgotten("g", List.of(KEY, OTHER)),
            new Change.ProducerIdsReserved(ID),
            new Change.ProducerInitialized("t", ID, Short.MAX_VALUE, (short) -1, 1),
            new Change.TransactionalIdForgotten("t"),
            new Change.TransactionExtended(ID, List.of(KEY), List.of()),
            new Change.TransactionExtended(0, List.of(), List.of("g", "h")),
            new Change.OffsetsPending(ID, OFFSETS),
            new Change.TransactionEnded(ID, (short) 0, true),
            new Change.TransactionEnded(0, Short.MAX_VALUE, false),
            new Change.StartMoved(1, 2, ID),
            new Change.Compacted(1, 2, ID),
            SNAPSHOT);

    @Test
    void everyChangeReadsBack() {
        for (Change change : ALL) {
            ByteSink sink = new ByteSink();
            ChangeCodec.write(change, sink);
            ByteSource source = new ByteSource(sink.array(), 0, sink.size());
            assertThat(ChangeCodec.read(source)).isEqualTo(change);
            assertThat(source.remaining()).isZero();
        }
    }

    @Test
    void noKindOfChangeIsLeftOut() {
        assertThat(ALL).extracting(Object::getClass).contains(Change.class.getPermittedSubclasses());
    }

    @Test
    void noTransactionStateIsLeftOut() {
        for (TransactionState state : TransactionState.values()) {
            Change.TransactionSnapshot transaction =
                    new Change.TransactionSnapshot("t", (short) 0, state, 1, -1, List.of(), List.of(), List.of());
            Change.Snapshot snapshot = new Change.Snapshot(
                    1,
                    List.of(),
                    List.of(),
                    0,
                    List.of(new Change.ProducerSnapshot(1, (short) 0, 0, transaction, List.of())));
            ByteSink sink = new ByteSink();
            ChangeCodec.write(snapshot, sink);
            assertThat(ChangeCodec.read(new ByteSource(sink.array(), 0, sink.size())))
                    .isEqualTo(snapshot);
        }
    }

    @Test
    void readsWhatVersion1Wrote() {
        Change.TopicCreated topic = new Change.TopicCreated(
                3,
                new UUID(1, 2),
                "old",
                TopicConfig.of(1).retention(Duration.ofMillis(5)).recordBytesMax(2_000));
        Consumer<ByteSink> topicBytes = sink -> {
            sink.writeVarint(3);
            sink.writeLong(1);
            sink.writeLong(2);
            sink.writeText("old");
            sink.writeVarint(1);
            sink.writeVarlong(5);
            sink.writeVarlong(-1);
            sink.write(0);
            sink.writeVarint(2_000);
        };
        Consumer<ByteSink> offsetBytes = sink -> {
            sink.writeText("g");
            sink.writeVarint(1);
            sink.writeVarint(3);
            sink.writeVarint(0);
            sink.writeVarlong(42);
        };
        Change.OffsetsCommitted offsets = new Change.OffsetsCommitted(
                "g",
                List.of(new Change.PartitionOffset(new Change.PartitionKey(3, 0), new CommittedOffset(42, -1, "", 0))));
        assertThat(read(1, topicBytes)).isEqualTo(topic);
        assertThat(read(3, offsetBytes)).isEqualTo(offsets);
        Change snapshot = read(6, sink -> {
            sink.writeVarint(4);
            sink.writeVarint(1);
            topicBytes.accept(sink);
            sink.writeVarlong(7);
            sink.writeVarlong(8);
            sink.writeVarlong(9);
            sink.writeVarint(1);
            offsetBytes.accept(sink);
        });
        assertThat(snapshot)
                .isEqualTo(new Change.Snapshot(
                        4,
                        List.of(new Change.TopicSnapshot(
                                topic, List.of(new Change.PartitionSnapshot(7, 8, 9, List.of(), List.of())))),
                        List.of(offsets),
                        0,
                        List.of()));
    }

    private static Change read(int kind, Consumer<ByteSink> payload) {
        ByteSink sink = new ByteSink();
        sink.write(kind);
        payload.accept(sink);
        ByteSource source = new ByteSource(sink.array(), 0, sink.size());
        Change change = ChangeCodec.read(source);
        assertThat(source.remaining()).isZero();
        return change;
    }

    @Test
    void anUnknownKindIsNamed() {
        assertThatThrownBy(() -> read(99, sink -> {})).hasMessageContaining("99");
    }
}
