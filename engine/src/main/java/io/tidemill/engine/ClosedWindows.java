package io.tidemill.engine;

import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import io.tidemill.engine.StateReader.StateKey;
import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
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
    private static final int FETCH_BYTES = 4 << 20;

    private final Log log;
    private final TopicPartition topic;
    private final StateReader format;
    private final RecordCursor cursor = new RecordCursor();

    /** The cursor's record has not been looked at. */
    private boolean isOnRecord;

    private final Map<ByteBuffer, Entry> wanted = new HashMap<>();
    private final Map<ByteBuffer, Entry> found = new HashMap<>();

    ClosedWindows(Log log, CompiledPipeline pipeline) {
        this.log = log;
        this.topic = new TopicPartition(pipeline.closedTopic(), 0);
        this.format = new StateReader(pipeline);
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
        OffsetRange held = log.offsets(topic);
        cursor.reset(held.start());
        isOnRecord = false;
        ranges.forEach((from, to) -> read(from, Math.min(to, held.end())));
    }

    /** What {@link #find} found; null if nothing had closed there. */
    @Nullable
    Entry get(Entry entry) {
        return found.get(identity(entry.window, entry.key));
    }

    /** Goes on with what was fetched for the range before: ranges are often closer to one another than a fetch is long. */
    private void read(long from, long to) {
        while (true) {
            isOnRecord = isOnRecord || cursor.next();
            if (isOnRecord) {
                if (cursor.offset() >= to) {
                    return;
                }
                if (cursor.offset() >= from) {
                    take(cursor);
                }
                isOnRecord = false;
            } else {
                long next = Math.max(cursor.nextOffset(), from);
                if (next >= to) {
                    return;
                }
                log.fetch(topic, next, FETCH_BYTES, cursor);
            }
        }
    }

    private void take(RecordCursor record) {
        Entry asked = wanted.get(identityOf(record));
        if (asked != null && record.valueLength() >= 0) {
            found.put(
                    identity(asked.window, asked.key),
                    format.read(
                            StateFormat.ACCUMULATOR,
                            asked.key,
                            asked.window,
                            new ByteSource(record.array(), record.valueStart(), record.valueLength()),
                            record.array()[record.keyStart()]));
        }
    }

    private ByteBuffer identityOf(RecordCursor record) {
        StateKey key = format.key(new ByteSource(record.array(), record.keyStart(), record.keyLength()));
        return identity(key.window(), key.key());
    }

    private static ByteBuffer identity(Window window, byte[] key) {
        return ByteBuffer.allocate(2 * Long.BYTES + key.length)
                .putLong(window.startMillis())
                .putLong(window.endMillis())
                .put(key)
                .flip();
    }
}
