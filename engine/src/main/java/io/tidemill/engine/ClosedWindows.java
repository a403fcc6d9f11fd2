package io.tidemill.engine;

import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import io.tidemill.engine.StateReader.StateKey;
import io.tidemill.log.Log;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The accumulators of windows that have closed, on the disk: a topic with a record for each, found again by the ranges of
 * offsets that each window's counts remember. One pass over the ranges answers any number of questions.
 */
final class ClosedWindows {
    private final ClosedTopic topic;
    private final StateReader format;
    private final StagePlan stage;

    private final Map<ByteBuffer, Entry> wanted = new HashMap<>();
    private final Map<ByteBuffer, Entry> found = new HashMap<>();

    ClosedWindows(Log log, CompiledPipeline pipeline, StagePlan stage) {
        this.topic = new ClosedTopic(log, pipeline);
        this.format = new StateReader(pipeline);
        this.stage = stage;
    }

    /** Reads what had closed under the keys and windows of {@code entries}. */
    void find(Collection<Entry> entries, Map<Window, WindowInfo> windows) {
        wanted.clear();
        found.clear();
        SortedMap<Long, Long> ranges = new TreeMap<>();
        for (Entry entry : entries) {
            wanted.put(identity(entry.window, entry.key), entry);
            WindowInfo info = windows.get(entry.window);
            for (int i = 0; info != null && i < info.ranges.size(); i += 2) {
                ranges.merge(info.ranges.get(i), info.ranges.get(i + 1), Math::max);
            }
        }
        topic.read(ranges, this::take);
    }

    /** What {@link #find} found; null if nothing had closed there. */
    @Nullable
    Entry get(Entry entry) {
        return found.get(identity(entry.window, entry.key));
    }

    private void take(RecordCursor record) {
        StateKey key = format.key(new ByteSource(record.array(), record.keyStart(), record.keyLength()));
        Entry asked = key.stage() == stage ? wanted.get(identity(key.window(), key.key())) : null;
        if (asked != null && record.valueLength() >= 0) {
            found.put(
                    identity(asked.window, asked.key),
                    StateReader.read(
                            stage,
                            StateFormat.ACCUMULATOR,
                            asked.key,
                            asked.window,
                            new ByteSource(record.array(), record.valueStart(), record.valueLength()),
                            record.array()[record.keyStart()]));
        }
    }

    private static ByteBuffer identity(Window window, byte[] key) {
        return ByteBuffer.allocate(2 * Long.BYTES + key.length)
                .putLong(window.startMillis())
                .putLong(window.endMillis())
                .put(key)
                .flip();
    }
}
