package io.tidemill.cli.records;

import io.tidemill.cli.process.CommandException;
import io.tidemill.engine.ResultKey;
import io.tidemill.log.Log;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Reads the newest revision of every result of a topic. */
public final class ResultsReader {
    /** What an entry takes on the heap beside its bytes, roughly. */
    private static final int ENTRY_BYTES = 250;

    private final Log log;
    private final TopicDescription topic;
    private final Predicate<ByteBuffer> wanted;
    private final long heapBytesMax;
    private final Map<ByteBuffer, StoredResult> newest = new HashMap<>();
    private long heapBytes;
    private long keyless;

    /** @param wanted is asked with a record's key whether it is to be read */
    public ResultsReader(Log log, TopicDescription topic, Predicate<ByteBuffer> wanted) {
        this(log, topic, wanted, Runtime.getRuntime().maxMemory() / 2);
    }

    /** @param heapBytesMax how much of the heap the results may take, roughly; more is an error */
    ResultsReader(Log log, TopicDescription topic, Predicate<ByteBuffer> wanted, long heapBytesMax) {
        this.log = log;
        this.topic = topic;
        this.wanted = wanted;
        this.heapBytesMax = heapBytesMax;
    }

    /** Sorted by key, byte by byte, and window. */
    public List<StoredResult> read() {
        new TopicReader(log, topic.name(), topic.config().partitions(), new TopicReader.From.Beginning())
                .readAll(this::take);
        List<StoredResult> sorted = new ArrayList<>(newest.values());
        Collections.sort(sorted);
        return sorted;
    }

    /** Records without a key, which are no results. */
    public long keyless() {
        return keyless;
    }

    private boolean take(TopicPartition partition, RecordCursor record) {
        byte[] key = record.key();
        if (key == null) {
            keyless++;
            return true;
        }
        ByteBuffer identity = ByteBuffer.wrap(key);
        if (!wanted.test(identity)) {
            return true;
        }
        byte[] value = record.value();
        StoredResult before = value == null
                ? newest.remove(identity)
                : newest.put(identity, new StoredResult(ResultKey.of(key, record.headers()), value));
        heapBytes += (value == null ? 0 : size(key, value)) - (before == null ? 0 : size(key, before.payload()));
        if (heapBytes > heapBytesMax) {
            throw CommandException.failure("the results of '" + topic.name() + "' need more than "
                    + (heapBytesMax >> 20) + " MiB of memory to be sorted: allow more, for instance with"
                    + " TIDEMILL_OPTS=-Xmx4g, or read the topic with 'tail'");
        }
        return true;
    }

    private static long size(byte[] key, byte[] value) {
        return ENTRY_BYTES + 2L * key.length + value.length;
    }
}
