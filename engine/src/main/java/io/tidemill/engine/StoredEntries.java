package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.engine.state.StateScan;
import io.tidemill.engine.state.StateStoreException;
import io.tidemill.engine.state.StateStores;
import io.tidemill.engine.state.StateView;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What of a pipeline's state has been cut off its changelog, because a store has it. Who reads a changelog to know the state
 * reads this first, and then the changelog: that is the whole state, because the changelog says again what changed
 * since it begins.
 */
public final class StoredEntries {
    private static final int BATCH_BYTES = 256 << 10;

    private StoredEntries() {}

    /** Takes an entry as a record of the changelog would have it; its offset says nothing. */
    @FunctionalInterface
    public interface Taker<E extends Exception> {
        void take(RecordCursor record) throws E;
    }

    /**
     * Shows all that the store holds, if the changelog does not hold everything. Whether or not the pipeline runs. Throws
     * {@link PipelineException} if {@code stores} is null or has no store that fits.
     *
     * @return where the changelog may begin, at most, for both to be the whole state: if it begins later when it is
     *     read, what was read is not of one moment, and all must be read again. {@link Long#MAX_VALUE} where it does not matter
     */
    public static <E extends Exception> long read(
            Log log, String pipeline, @Nullable StateStores stores, Taker<E> taker) throws E {
        TopicPartition changelog = new TopicPartition(pipeline + ".changelog", 0);
        StoreLink link = StoreLink.find(log, changelog);
        if (link == null || !link.needed()) {
            return Long.MAX_VALUE;
        }
        if (stores == null) {
            throw new PipelineException("the state of pipeline '" + pipeline
                    + "' is in a state store beside the log, without which it is not whole: say where the stores are");
        }
        try (StateView view = stores.view(pipeline).orElseThrow(() -> missing(pipeline, "there is none"))) {
            long mark = mark(view, link, pipeline);
            if (mark < log.offsets(changelog).start()) {
                // It has gone on since the view was taken; or it is too old, which the reader will find again and
                // again.
                throw new LogException(
                        LogException.Code.OFFSET_OUT_OF_RANGE,
                        "the store has come to offset " + mark + " of " + changelog + ", which has been cut off there");
            }
            show(view, taker);
            return mark;
        }
    }

    private static PipelineException missing(String pipeline, String why) {
        return new PipelineException("the state of pipeline '" + pipeline + "' is not whole: its store cannot be used ("
                + why + "), and what it holds has been cut off the changelog");
    }

    private static long mark(StateView view, StoreLink link, String pipeline) {
        long[] mark = {-1};
        view.get(List.of(StoreKeys.HEADER), (i, value) -> {
            ByteSource source = new ByteSource(value);
            source.readByte();
            boolean fits = new UUID(source.readLong(), source.readLong()).equals(link.store());
            mark[0] = fits ? source.readLong() : -1;
        });
        if (mark[0] < 0) {
            throw missing(pipeline, "it is not the one that the changelog belongs to");
        }
        return mark[0];
    }

    private static <E extends Exception> void show(StateView view, Taker<E> taker) throws E {
        ByteSink key = new ByteSink();
        BatchBuilder batch = new BatchBuilder();
        try (StateScan scan = view.scan(StoreKeys.FIRST_ENTRY, StoreKeys.BEHIND_ENTRIES)) {
            while (scan.next()) {
                byte[] storeKey = scan.key();
                byte[] value = scan.value();
                key.reset();
                StateFormat.writeKey(
                        StoreKeys.kind(storeKey),
                        StoreKeys.operator(storeKey),
                        StoreKeys.window(storeKey),
                        StoreKeys.key(storeKey),
                        key);
                batch.add(-1, ByteBuffer.wrap(key.array(), 0, key.size()), ByteBuffer.wrap(value), List.of());
                if (batch.sizeInBytes() > BATCH_BYTES) {
                    show(batch, taker);
                    batch = new BatchBuilder();
                }
            }
        } catch (StateStoreException e) {
            throw new PipelineException("a state store cannot be read: " + e.getMessage(), e);
        }
        if (batch.count() > 0) {
            show(batch, taker);
        }
    }

    private static <E extends Exception> void show(BatchBuilder builder, Taker<E> taker) throws E {
        Batch batch = builder.build();
        RecordCursor records = new RecordCursor();
        records.reset(0);
        int length = batch.sizeInBytes();
        int start = records.reserve(length);
        batch.bytes().duplicate().get(records.reserved(), start, length);
        records.addBatch(start, length, 0);
        while (records.next()) {
            taker.take(records);
        }
    }
}
