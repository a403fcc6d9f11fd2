package io.tidemill.operations;

import io.tidemill.api.ByteSource;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Window;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How much a stateful operator remembers, counted in its pipeline's topics: the pipeline need not run, and nothing of it is
 * run.
 *
 * @param operator its name
 * @param entries what is in the state: accumulators by key, and by window or slice where there are any; of operators that keep
 *     elements the elements that wait for their turn, rows, values and timers
 * @param bytes what the state takes in the changelog, each entry once; it is what a state budget is held against
 * @param openWindows windows that still take elements in, or are closing; 0 of sessions, which are counted by their entries
 * @param correctableWindows windows that have closed and can still be corrected
 * @param slices spans of time of which the state holds accumulators that several windows share
 * @param deferred accumulators of late elements that wait for their window to close
 * @param closedEntries accumulators of closed windows on the disk, as far as compaction has come
 * @param closedBytes what those take
 * @param changelogBytes the changelog of the whole pipeline, as it is on the log, with what has been written again
 * @param hasStore whether there is a store beside the changelog, so that a start reads only what is behind it
 */
public record StateSize(
        String operator,
        long entries,
        long bytes,
        long openWindows,
        long correctableWindows,
        long slices,
        long deferred,
        long closedEntries,
        long closedBytes,
        long changelogBytes,
        boolean hasStore) {
    private static final int RETRIES_MAX = 20;

    /**
     * What the pipeline remembers in {@code log}, by operator; empty if it has never run there, or keeps no state but its
     * position.
     */
    public static List<StateSize> of(Log log, Pipeline pipeline) {
        return of(log, pipeline, null);
    }

    /** @param stores where the state is that is not in the changelog; may be null where all is */
    public static List<StateSize> of(Log log, Pipeline pipeline, @Nullable StateStores stores) {
        if (log.topic(Topics.changelog(pipeline)).isEmpty()) {
            return List.of();
        }
        return Keeper.of(pipeline).stream()
                .map(each -> of(log, pipeline, each, stores))
                .toList();
    }

    private static StateSize of(Log log, Pipeline pipeline, Keeper keeper, @Nullable StateStores stores) {
        for (int i = 0; ; i++) {
            try {
                return new Counting(log, pipeline, keeper, stores).count();
            } catch (AuditException e) {
                // A running pipeline has cut off the part that is being read, and has written it again behind.
                if (!(e.getCause() instanceof LogException) || i == RETRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    /** Reads the topics, in several passes where there are more entries than the memory holds. */
    private static final class Counting {
        private static final byte CURSOR = 'C';
        private static final byte STORE = 'S';
        private static final byte WINDOW = 'w';
        private static final byte ACCUMULATOR = 'a';
        private static final byte SLICE = 's';
        private static final byte DEFERRED = 'd';

        /** With elements of open sessions, results that stand for them, elements that wait, values and timers. */
        private static final String KINDS = "wasdcrpvt";

        /** Windows by their start alone. */
        private static final String KINDS_OF_VERSION_1 = Keeper.KINDS_OF_VERSION_1;

        /** What the engine reckons for a record beside its key and value. */
        private static final int RECORD_BYTES = 10;

        private final Log log;
        private final Pipeline pipeline;
        private final Keeper keeper;
        private final @Nullable StateStores stores;
        private final Meter unseen = new Meter((done, total) -> {});
        private final Set<Window> windows = new HashSet<>();
        private final Set<Window> slices = new HashSet<>();
        private long closedUpTo = Long.MIN_VALUE;
        private long entries;
        private long bytes;
        private long deferred;
        private long changelogBytes;
        private boolean hasStore;

        /** What is newest under one key of the changelog. */
        private static final class Newest implements Pairs.Held {
            long bytes;

            @Override
            public long bytes() {
                return 0;
            }
        }

        Counting(Log log, Pipeline pipeline, Keeper keeper, @Nullable StateStores stores) {
            this.log = log;
            this.pipeline = pipeline;
            this.keeper = keeper;
            this.stores = stores;
        }

        StateSize count() {
            Deque<Slice> passes = Pairs.all();
            while (!passes.isEmpty()) {
                Pairs<Newest> newest = new Pairs<>(passes, Pairs.Limits.ofThisProcess());
                Scan changelog = Stored.before(log, pipeline.name(), stores, record -> take(record, newest));
                changelogBytes = 0;
                changelog.run(log, unseen, record -> take(record, newest));
                newest.forEach(this::add);
            }
            long[] closed = new long[2];
            if (log.topic(Topics.closed(pipeline)).isPresent()) {
                scan(Topics.closed(pipeline), record -> {
                    if (keeper.isIn(record.key())) {
                        closed[0]++;
                        closed[1] += size(record);
                    }
                });
            }
            long open = windows.stream().filter(this::isOpen).count();
            return new StateSize(
                    keeper.name(),
                    entries,
                    bytes,
                    open,
                    windows.size() - open,
                    slices.size(),
                    deferred,
                    closed[0],
                    closed[1],
                    changelogBytes,
                    hasStore);
        }

        private void scan(String topic, Consumer<RecordCursor> reader) {
            TopicPartition partition = new TopicPartition(topic, 0);
            OffsetRange range = log.offsets(partition);
            new Scan(partition, range.start(), range.end()).run(log, unseen, reader);
        }

        private static long size(RecordCursor record) {
            return (long) record.keyLength() + Math.max(0, record.valueLength()) + RECORD_BYTES;
        }

        private void take(RecordCursor record, Pairs<Newest> newest) {
            changelogBytes += size(record);
            byte[] key = record.key();
            if (key == null || key.length == 0) {
                return;
            }
            if (key[0] == CURSOR) {
                closedUpTo =
                        keeper.closedUpTo(new ByteSource(record.array(), record.valueStart(), record.valueLength()));
                return;
            }
            hasStore |= key[0] == STORE;
            byte[] identity = identity(key);
            Newest held = identity == null ? null : newest.get(identity, Newest::new);
            if (held != null) {
                held.bytes = record.valueLength() < 0 ? 0 : size(record);
            }
        }

        /** Kind, start, end and key, whatever the version; null if the record is about something else. */
        private byte @Nullable [] identity(byte[] key) {
            ByteBuffer fields = ByteBuffer.wrap(key, 1, key.length - 1);
            long start;
            long end;
            if (!keeper.isIn(key)) {
                return null;
            } else if (KINDS.indexOf(key[0]) >= 0) {
                fields.getInt();
                start = fields.getLong();
                end = fields.getLong();
            } else if (KINDS_OF_VERSION_1.indexOf(key[0]) >= 0) {
                start = fields.getLong();
                end = start == Long.MIN_VALUE
                        ? Long.MAX_VALUE
                        : keeper.windowOf(start).endMillis();
            } else {
                return null;
            }
            return ByteBuffer.allocate(1 + 2 * Long.BYTES + fields.remaining())
                    .put((byte) Character.toLowerCase(key[0]))
                    .putLong(start)
                    .putLong(end)
                    .put(fields)
                    .array();
        }

        private void add(byte[] identity, Newest newest) {
            byte kind = identity[0];
            if (newest.bytes == 0) {
                return;
            }
            if (kind != WINDOW) {
                entries++;
                bytes += newest.bytes;
                deferred += kind == DEFERRED ? 1 : 0;
            }
            if (kind == SLICE) {
                slices.add(window(identity));
            } else if ((kind == WINDOW || kind == ACCUMULATOR) && hasWindows()) {
                windows.add(window(identity));
            }
        }

        /** Of sessions there are counts of stretches of time, which are no windows. */
        private boolean hasWindows() {
            return keeper.hasAlignedWindows();
        }

        private static Window window(byte[] identity) {
            ByteBuffer span = ByteBuffer.wrap(identity, 1, 2 * Long.BYTES);
            return new Window(span.getLong(), span.getLong());
        }

        private boolean isOpen(Window window) {
            return keeper.closesAt(window) > closedUpTo;
        }
    }
}
