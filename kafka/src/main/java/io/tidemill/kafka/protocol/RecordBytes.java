package io.tidemill.kafka.protocol;

import java.nio.ByteBuffer;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/** Record batches inside messages, as bytes. The only place here that names kafka-clients' record classes. */
public final class RecordBytes {
    private RecordBytes() {}

    /** The batches that a producer sent for one partition, or null if there are none. */
    public static @Nullable ByteBuffer of(ProduceRequestData.PartitionProduceData partition) {
        return partition.records() instanceof MemoryRecords records ? records.buffer() : null;
    }

    /** Puts batches into the answer for one partition; they are not copied. */
    public static void set(FetchResponseData.PartitionData partition, ByteBuffer batches) {
        partition.setRecords(batches.hasRemaining() ? MemoryRecords.readableRecords(batches) : MemoryRecords.EMPTY);
    }

    /** The bytes of the batches in the answer for one partition. */
    public static int size(FetchResponseData.PartitionData partition) {
        return partition.records() == null ? 0 : partition.records().sizeInBytes();
    }
}
