package io.tidemill.cli.records;

import io.tidemill.log.Commit;
import io.tidemill.log.Log;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Appends records to a topic in commits of about a mebibyte. A record with a key goes where a Kafka producer would put it;
 * those without go to one partition after the other, a commit each. Not thread-safe.
 */
public final class RecordWriter {
    private static final int COMMIT_BYTES = 1 << 20;

    private final Log log;
    private final String topic;
    private final @Nullable BatchBuilder[] open;
    private int keyless;
    private long bytes;
    private long added;
    private long written;

    public RecordWriter(Log log, String topic, int partitions) {
        this.log = log;
        this.topic = topic;
        this.open = new BatchBuilder[partitions];
    }

    /** Adds a record; {@code value} is copied. Commits what has come so far if that is enough. */
    public void add(long timestampMillis, byte @Nullable [] key, ByteBuffer value) {
        int partition = key == null ? keyless : Utils.toPositive(Utils.murmur2(key)) % open.length;
        BatchBuilder batch = open[partition];
        if (batch == null) {
            batch = new BatchBuilder(4096);
            open[partition] = batch;
        }
        int before = batch.sizeInBytes();
        batch.add(timestampMillis, key == null ? null : ByteBuffer.wrap(key), value, List.of());
        bytes += batch.sizeInBytes() - before;
        added++;
        if (bytes >= COMMIT_BYTES) {
            flush();
        }
    }

    /** Commits what has come so far. */
    public void flush() {
        Commit.Builder commit = Commit.builder();
        for (int i = 0; i < open.length; i++) {
            BatchBuilder batch = open[i];
            if (batch != null) {
                commit.append(new TopicPartition(topic, i), batch.build());
                open[i] = null;
            }
        }
        if (!commit.isEmpty()) {
            log.commit(commit.build());
        }
        keyless = (keyless + 1) % open.length;
        bytes = 0;
        written = added;
    }

    /** The records that have been committed. */
    public long written() {
        return written;
    }
}
