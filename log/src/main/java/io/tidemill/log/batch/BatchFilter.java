package io.tidemill.log.batch;

import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.jspecify.annotations.Nullable;

/** Leaves records out of a batch; those that stay keep their offsets. */
public final class BatchFilter {
    private BatchFilter() {}

    /** Says of a record whether it stays. */
    @FunctionalInterface
    public interface Keep {
        boolean test(long offset, @Nullable ByteBuffer key, boolean tombstone);
    }

    /** The batch with the records that stay; null when none does, {@code batch} itself when all do. */
    public static @Nullable ByteBuffer filter(ByteBuffer batch, Keep keep) {
        ByteBuffer into = ByteBuffer.allocate(batch.remaining() + Batch.HEADER_BYTES);
        MemoryRecords.FilterResult result = MemoryRecords.readableRecords(batch.duplicate())
                .filterTo(filter(keep), into, BufferSupplier.NO_CACHING);
        if (result.messagesRetained() == 0) {
            return null;
        }
        return result.messagesRetained() == result.messagesRead()
                ? batch
                : result.outputBuffer().flip();
    }

    private static RecordFilter filter(Keep keep) {
        return new RecordFilter(0, 0) {
            @Override
            protected BatchRetentionResult checkBatchRetention(RecordBatch batch) {
                return new BatchRetentionResult(BatchRetention.DELETE_EMPTY, false);
            }

            @Override
            protected boolean shouldRetainRecord(RecordBatch batch, Record record) {
                return keep.test(record.offset(), record.hasKey() ? record.key() : null, !record.hasValue());
            }
        };
    }
}
