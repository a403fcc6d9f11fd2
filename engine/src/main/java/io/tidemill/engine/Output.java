package io.tidemill.engine;

import io.tidemill.api.Header;
import io.tidemill.log.Commit;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.batch.BatchBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records for one topic that wait for the commit of the step. Used by one thread at a time. */
final class Output {
    /** Kafka consumers must be able to fetch a batch whole. */
    private static final int BATCH_BYTES_MAX = 512 << 10;

    private final String topic;
    private final @Nullable BatchBuilder[] open;
    private final List<List<Batch>> finished = new ArrayList<>();

    /** How large the next batch is likely to be: as the last one was. */
    private final int[] bytesExpected;

    private int count;
    private long bytes;

    Output(String topic, int partitions) {
        this.topic = topic;
        this.open = new BatchBuilder[partitions];
        this.bytesExpected = new int[partitions];
        for (int i = 0; i < partitions; i++) {
            finished.add(new ArrayList<>());
        }
    }

    String topic() {
        return topic;
    }

    int partitions() {
        return open.length;
    }

    /** The records since the last {@link #moveTo}. */
    int count() {
        return count;
    }

    /** Their bytes. */
    long bytes() {
        return bytes;
    }

    void add(
            int partition, long timestamp, @Nullable ByteBuffer key, @Nullable ByteBuffer value, List<Header> headers) {
        BatchBuilder batch = open[partition];
        if (batch == null) {
            batch = new BatchBuilder(bytesExpected[partition]);
            open[partition] = batch;
        }
        int before = batch.sizeInBytes();
        batch.add(timestamp, key, value, headers);
        bytes += batch.sizeInBytes() - before;
        count++;
        if (batch.sizeInBytes() >= BATCH_BYTES_MAX) {
            finish(partition, batch);
        }
    }

    private void finish(int partition, BatchBuilder batch) {
        bytesExpected[partition] = batch.sizeInBytes() + batch.sizeInBytes() / 8;
        finished.get(partition).add(batch.build());
        open[partition] = null;
    }

    /** Hands everything to {@code commit}; returns the bytes. */
    long moveTo(Commit.Builder commit) {
        long moved = 0;
        for (int i = 0; i < open.length; i++) {
            BatchBuilder last = open[i];
            List<Batch> batches = finished.get(i);
            if (last != null) {
                finish(i, last);
            }
            TopicPartition partition = new TopicPartition(topic, i);
            for (Batch batch : batches) {
                commit.append(partition, batch);
                moved += batch.sizeInBytes();
            }
            batches.clear();
        }
        count = 0;
        bytes = 0;
        return moved;
    }
}
