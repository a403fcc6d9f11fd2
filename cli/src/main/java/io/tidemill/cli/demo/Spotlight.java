package io.tidemill.cli.demo;

import io.tidemill.api.LateRecord;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Window;
import io.tidemill.cli.output.Table;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.pipelines.Backlog;
import io.tidemill.cli.records.ResultsReader;
import io.tidemill.cli.records.StoredResult;
import io.tidemill.cli.records.TopicReader;
import io.tidemill.engine.ResultKey;
import io.tidemill.log.Log;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Follows a few results through the correction: those that most late records missed. For pipelines whose key is the key of
 * their source's records.
 */
final class Spotlight {
    private static final int COUNTED_MAX = 20_000;
    private static final int SHOWN = 5;

    private final Log log;
    private final Pipeline pipeline;
    private final Map<ByteBuffer, Integer> lateRecords = new HashMap<>();
    private final Set<ByteBuffer> shown = new TreeSet<>();
    private Map<ByteBuffer, StoredResult> before = Map.of();

    private Spotlight(Log log, Pipeline pipeline) {
        this.log = log;
        this.pipeline = pipeline;
    }

    /** To be called before the correction. */
    static Spotlight on(Log log, Pipeline pipeline) {
        Spotlight spotlight = new Spotlight(log, pipeline);
        spotlight.choose();
        return spotlight;
    }

    private void choose() {
        TopicDescription late = log.topic(pipeline.lateTopic()).orElse(null);
        if (late != null) {
            new TopicReader(log, late.name(), late.config().partitions(), new TopicReader.From.Beginning())
                    .readAll(this::count);
        }
        before = read(lateRecords.keySet());
        // A result that was there before the correction says more than one that came with it.
        Comparator<ByteBuffer> byInterest = Comparator.<ByteBuffer>comparingInt(
                        each -> before.containsKey(each) ? 0 : 1)
                .thenComparing(each -> lateRecords.getOrDefault(each, 0), Comparator.reverseOrder())
                .thenComparing(Comparator.naturalOrder());
        lateRecords.keySet().stream().sorted(byInterest).limit(SHOWN).forEach(shown::add);
    }

    private boolean count(TopicPartition partition, RecordCursor record) {
        byte[] key = record.key();
        if (key != null) {
            Window window =
                    LateRecord.of(key, null, record.headers()).missed().get(0).window();
            lateRecords.merge(identity(key, window), 1, Integer::sum);
        }
        return lateRecords.size() < COUNTED_MAX;
    }

    /** The key of the result's record: the key, then the window's start and end. */
    private static ByteBuffer identity(byte[] key, Window window) {
        return ByteBuffer.allocate(key.length + 2 * Long.BYTES)
                .put(key)
                .putLong(window.startMillis())
                .putLong(window.endMillis())
                .flip();
    }

    private Map<ByteBuffer, StoredResult> read(Set<ByteBuffer> wanted) {
        Map<ByteBuffer, StoredResult> results = new HashMap<>();
        TopicDescription topic = log.topic(Backlog.resultsTopic(pipeline)).orElse(null);
        if (topic != null && !wanted.isEmpty()) {
            for (StoredResult each : new ResultsReader(log, topic, wanted::contains).read()) {
                ResultKey identity = each.identity();
                Window window = identity.window();
                if (window != null) {
                    results.put(identity(identity.key(), window), each);
                }
            }
        }
        return results;
    }

    /** What was before, and what is now; null if there is nothing to show. */
    @Nullable
    Table table(String keyHeader) {
        Map<ByteBuffer, StoredResult> after = read(shown);
        if (after.isEmpty()) {
            return null;
        }
        Table table = new Table()
                .text(keyHeader)
                .text("window, UTC")
                .number("when it closed")
                .number("corrected")
                .number("revision");
        for (ByteBuffer each : shown) {
            StoredResult now = after.get(each);
            if (now != null && now.identity().window() != null) {
                StoredResult was = before.get(each);
                table.row(
                        Text.of(now.identity().key()),
                        Text.window(now.identity().window()),
                        was == null ? "none" : was.value(),
                        now.value(),
                        (long) now.identity().revision());
            }
        }
        return table;
    }
}
