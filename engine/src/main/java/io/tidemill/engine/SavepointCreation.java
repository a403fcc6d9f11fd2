package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Window;
import io.tidemill.engine.StateReader.StateKey;
import io.tidemill.engine.savepoint.EntrySorter;
import io.tidemill.engine.savepoint.SavepointEntry;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.savepoint.SavepointFormat;
import io.tidemill.engine.savepoint.SavepointHeader;
import io.tidemill.engine.savepoint.SavepointSection;
import io.tidemill.engine.savepoint.SavepointWriter;
import io.tidemill.engine.state.StateStoreException;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.log.disk.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Takes a savepoint of what a pipeline has committed, whether it runs or not.
 *
 * <p>The changelog up to any of its ends is the whole state at one commit. The accumulators of closed windows are in a
 * topic of their own, which is compacted: so all of it is read first, then the changelog, then what closed in between.
 * Whatever a later commit replaced was read before that commit was there. What the log has cut off while it was being read
 * makes it start again.
 */
final class SavepointCreation {
    private static final int ATTEMPTS_MAX = 10;
    private static final int FETCH_BYTES = 4 << 20;
    private static final long SORT_BYTES_MAX = 32 << 20;
    private static final long BEFORE_THE_CHANGELOG = -1;
    private static final byte[] NO_KEY = {};

    private final Log log;
    private final String name;
    private final @Nullable SimplePlan code;
    private final Disk disk;
    private final String path;
    private final @Nullable StateStores stores;
    private final RecordCursor fetched = new RecordCursor();
    private RecordCursor records = fetched;

    // What one attempt found.
    private final TreeMap<Window, WindowInfo> windows = new TreeMap<>(Lane.BY_END);
    private final Set<Integer> operators = new HashSet<>();
    private @Nullable Cursor cursor;
    private byte[] cursorBytes = NO_KEY;
    private boolean restoring;

    /** It starts again because the log has moved on. */
    private static final class Overtaken extends Exception {
        private static final long serialVersionUID = 1;

        Overtaken(String what) {
            super(what);
        }
    }

    /** @param path of the file that is written, which is not there yet */
    SavepointCreation(
            Log log, String name, @Nullable SimplePlan code, @Nullable StateStores stores, Disk disk, String path) {
        this.log = log;
        this.name = name;
        this.code = code;
        this.stores = stores;
        this.disk = disk;
        this.path = path;
    }

    void run(Instant createdAt, String codeVersion) throws IOException {
        if (log.topic(name + ".changelog").isEmpty()) {
            throw neverRan();
        }
        for (int attempt = 1; ; attempt++) {
            try (EntrySorter sorter = new EntrySorter(disk, path, SORT_BYTES_MAX)) {
                collect(sorter);
                write(sorter, createdAt, codeVersion);
                return;
            } catch (Overtaken e) {
                if (attempt == ATTEMPTS_MAX) {
                    throw new SavepointException(
                            "pipeline '" + name + "' changes its state faster than it can be read (" + e.getMessage()
                                    + ", " + ATTEMPTS_MAX + " times): stop it, and take the savepoint then",
                            e);
                }
            }
        }
    }

    private SavepointException neverRan() {
        return new SavepointException(
                "pipeline '" + name + "' has no state here: run it first, or name the data that it runs on");
    }

    // ---- reading ----

    private void collect(EntrySorter sorter) throws IOException, Overtaken {
        windows.clear();
        operators.clear();
        cursor = null;
        restoring = false;
        TopicPartition closed = new TopicPartition(name + ".closed", 0);
        boolean hasClosed = log.topic(closed.topic()).isPresent();
        long closedRead = hasClosed ? readClosed(closed, sorter) : 0;
        TopicPartition changelog = new TopicPartition(name + ".changelog", 0);
        long beginsAtMost = readStore(sorter);
        OffsetRange range = log.offsets(changelog);
        if (range.start() > beginsAtMost) {
            throw new Overtaken(changelog + " was cut off at its start meanwhile");
        }
        for (long at = range.start(); at < range.end(); at = records.nextOffset()) {
            fetch(changelog, at);
            while (records.next() && records.offset() < range.end()) {
                takeState(sorter);
            }
        }
        if (restoring) {
            throw new SavepointException("the state of pipeline '" + name
                    + "' is not whole, because restoring it was interrupted: restore it again first");
        }
        if (cursor == null) {
            throw neverRan();
        }
        if (hasClosed) {
            readClosedSince(closed, closedRead, sorter);
        }
        readLate(cursor, sorter);
    }

    /** What is in a store alone; returns where the changelog may begin for that to be so. */
    private long readStore(EntrySorter sorter) throws IOException, Overtaken {
        try {
            return StoredEntries.<IOException>read(log, name, stores, record -> {
                records = record;
                // Before anything that the changelog says of it.
                takeOperatorState(
                        sorter,
                        BEFORE_THE_CHANGELOG,
                        false,
                        new ByteSource(record.array(), record.valueStart(), record.valueLength()));
            });
        } catch (LogException e) {
            if (e.code() != LogException.Code.OFFSET_OUT_OF_RANGE) {
                throw e;
            }
            throw new Overtaken(String.valueOf(e.getMessage()));
        } catch (PipelineException | StateStoreException e) {
            throw new SavepointException(String.valueOf(e.getMessage()), e);
        } finally {
            records = fetched;
        }
    }

    private void fetch(TopicPartition partition, long at) throws Overtaken {
        try {
            log.fetch(partition, at, FETCH_BYTES, records);
        } catch (LogException e) {
            if (e.code() != LogException.Code.OFFSET_OUT_OF_RANGE) {
                throw e;
            }
            throw new Overtaken(partition + " was cut off at its start meanwhile");
        }
    }

    /** All there is now; what is cut off meanwhile is needed no more. Returns where it ended. */
    private long readClosed(TopicPartition closed, EntrySorter sorter) throws IOException {
        OffsetRange range = log.offsets(closed);
        long at = range.start();
        while (at < range.end()) {
            try {
                fetch(closed, at);
            } catch (Overtaken e) {
                at = Math.max(at + 1, log.offsets(closed).start());
                continue;
            }
            while (records.next() && records.offset() < range.end()) {
                takeClosed(sorter);
            }
            at = records.nextOffset();
        }
        return range.end();
    }

    private void readClosedSince(TopicPartition closed, long from, EntrySorter sorter) throws IOException, Overtaken {
        long end = windows.values().stream()
                .filter(info -> !info.ranges.isEmpty())
                .mapToLong(info -> info.ranges.get(info.ranges.size() - 1))
                .max()
                .orElse(0);
        long expected = from;
        for (long at = from; at < end; at = records.nextOffset()) {
            fetch(closed, at);
            while (records.next() && records.offset() < end) {
                if (records.offset() != expected && log instanceof EmbeddedLog) {
                    throw new Overtaken(closed + " was compacted meanwhile");
                }
                expected = records.offset() + 1;
                takeClosed(sorter);
            }
        }
    }

    private void takeClosed(EntrySorter sorter) throws IOException {
        if (records.valueLength() < 0) {
            return;
        }
        StateKey key = key();
        sorter.add(
                SavepointKeys.of(
                        SavepointKeys.OPERATOR,
                        SavepointFormat.CLOSED,
                        key.window().startMillis(),
                        key.window().endMillis(),
                        key.key()),
                records.offset(),
                value(key));
    }

    private void takeState(EntrySorter sorter) throws IOException {
        byte letter = records.array()[records.keyStart()];
        boolean removed = records.valueLength() < 0;
        ByteSource source = new ByteSource(records.array(), records.valueStart(), Math.max(0, records.valueLength()));
        if (letter == StateFormat.CURSOR) {
            cursorBytes = source.readBytes(source.remaining());
            cursor = Cursor.read(new ByteSource(cursorBytes));
        } else if (letter == StateFormat.RESTORING) {
            restoring = !removed;
        } else if (letter == StateFormat.LATENESS) {
            int partition = StateFormat.readPartition(records.array(), records.keyStart());
            sorter.add(
                    SavepointKeys.of(SavepointKeys.PIPELINE, letter, partition, 0, NO_KEY),
                    records.offset(),
                    removed ? null : source.readBytes(source.remaining()));
        } else if (letter != StateFormat.STORE) {
            takeOperatorState(sorter, records.offset(), removed, source);
        }
    }

    private void takeOperatorState(EntrySorter sorter, long sequence, boolean removed, ByteSource source)
            throws IOException {
        StateKey key = key();
        if (key.kind() == StateFormat.WINDOW) {
            if (removed) {
                windows.remove(key.window());
            } else {
                windows.put(key.window(), WindowInfo.read(source, key.version()));
            }
            return;
        }
        sorter.add(
                SavepointKeys.of(
                        SavepointKeys.OPERATOR,
                        key.kind(),
                        key.window().startMillis(),
                        key.window().endMillis(),
                        key.key()),
                sequence,
                removed ? null : value(key));
    }

    /** Of any kind, also of those that this version does not know. */
    private StateKey key() {
        ByteSource source = new ByteSource(records.array(), records.keyStart(), records.keyLength());
        byte letter = source.readByte();
        if (letter >= 'A' && letter <= 'Z') {
            return new StateReader(requireCode().compiled)
                    .key(new ByteSource(records.array(), records.keyStart(), records.keyLength()));
        }
        if (letter == StateFormat.CELL || letter == StateFormat.RESULT || letter == StateFormat.SESSION) {
            throw new SavepointException(
                    "pipeline '" + name + "' keeps sessions, of which no savepoint can be made yet:"
                            + " keep its topics, and change only what its state does not depend on");
        }
        operators.add(source.readInt());
        Window window = StateFormat.readWindow(source);
        return new StateKey(2, null, letter, window, source.readBytes(source.remaining()));
    }

    /** As this version writes it. */
    private byte[] value(StateKey key) {
        ByteSource source = new ByteSource(records.array(), records.valueStart(), records.valueLength());
        if (key.version() == 2) {
            return source.readBytes(source.remaining());
        }
        SimplePlan known = requireCode();
        Entry entry = StateFormat.readFirst(key.kind(), key.key(), key.window(), source, known.requireAggregate());
        ByteSink sink = new ByteSink();
        StateFormat.writeEntry(entry, known.requireAggregate(), sink);
        return sink.toByteArray();
    }

    private SimplePlan requireCode() {
        if (code == null) {
            throw new SavepointException("the state of pipeline '" + name
                    + "' holds records of format version 1, which need the code that kept them: name that code");
        }
        return code;
    }

    /** Those that came before the cursor's offsets: the topic may have more. */
    private void readLate(Cursor of, EntrySorter sorter) throws IOException, Overtaken {
        String topic = name + ".late";
        if (log.topic(topic).isEmpty()) {
            return;
        }
        for (int i = 0; i < of.sources.size(); i++) {
            TopicPartition late = new TopicPartition(topic, i);
            OffsetRange range = log.offsets(late);
            long at = Math.max(of.lateOffsets.get(i), range.start());
            boolean more = true;
            while (more && at < range.end()) {
                fetch(late, at);
                while (more && records.next()) {
                    LateRecord record = LateRecord.of(records.key(), records.value(), records.headers());
                    more = record.origin().offset() < of.sources.get(i).position;
                    if (more) {
                        StoredRecord stored = new StoredRecord(
                                records.timestampMillis(), records.key(), records.value(), records.headers());
                        sorter.add(
                                SavepointKeys.of(
                                        SavepointKeys.LATE, SavepointFormat.LATE_RECORD, i, records.offset(), NO_KEY),
                                records.offset(),
                                stored.toBytes());
                    }
                }
                at = records.nextOffset();
            }
        }
    }

    // ---- writing ----

    private void write(EntrySorter sorter, Instant createdAt, String codeVersion) throws IOException {
        Cursor of = requireCursor();
        StateShape shape = StateShape.of(of.shape, code);
        requireKnownOperators(shape);
        List<SavepointSection> sections = sections(shape);
        for (Map.Entry<Window, WindowInfo> each : windows.entrySet()) {
            Window window = each.getKey();
            ByteSink sink = new ByteSink();
            // Where its accumulators were says nothing of where they will be.
            each.getValue().ranges.clear();
            each.getValue().write(sink);
            sorter.add(
                    SavepointKeys.of(
                            SavepointKeys.OPERATOR,
                            StateFormat.WINDOW,
                            window.startMillis(),
                            window.endMillis(),
                            NO_KEY),
                    0,
                    sink.toByteArray());
        }
        sorter.add(SavepointKeys.of(SavepointKeys.PIPELINE, StateFormat.CURSOR, 0, 0, NO_KEY), 0, cursorBytes);
        String temporary = path + ".tmp";
        try (SavepointWriter writer = new SavepointWriter(disk, temporary, header(of, shape, createdAt, codeVersion))) {
            int[] current = {0};
            writer.begin(sections.get(0));
            sorter.finish((key, value) -> {
                while (current[0] < sectionOf(key[0], shape)) {
                    writer.end();
                    writer.begin(sections.get(++current[0]));
                }
                SavepointEntry entry = SavepointKeys.entry(key, value);
                if (entry.kind() != SavepointFormat.CLOSED
                        || windows.containsKey(new Window(entry.start(), entry.end()))) {
                    writer.add(entry);
                }
            });
            while (current[0] < sections.size() - 1) {
                writer.end();
                writer.begin(sections.get(++current[0]));
            }
            writer.end();
            writer.finish();
        }
        disk.rename(temporary, path);
        disk.syncDirectory("");
    }

    private Cursor requireCursor() {
        if (cursor == null) {
            throw neverRan();
        }
        if (cursor.topics.size() > 1 || cursor.stages.size() > 1) {
            throw SimplePlan.notSimple(name);
        }
        return cursor;
    }

    private static int sectionOf(byte section, StateShape shape) {
        return section == SavepointKeys.LATE && shape.operator() == null ? 1 : section;
    }

    private void requireKnownOperators(StateShape shape) {
        Set<Integer> known = new HashSet<>();
        if (shape.operator() != null) {
            known.add(StateFormat.operatorId(shape.operator()));
            if (shape.codeKnown() && code != null) {
                known.addAll(code.operatorIds);
            }
        }
        if (!known.containsAll(operators)) {
            throw new SavepointException("the state of pipeline '" + name + "' holds records of an operator that "
                    + (shape.operator() == null ? "is unknown" : "is not '" + shape.operator() + "'")
                    + ": name the code that kept the state, with the operator's former names");
        }
    }

    private List<SavepointSection> sections(StateShape shape) {
        List<SavepointSection> sections = new ArrayList<>();
        sections.add(SavepointSection.of(SavepointSection.Kind.PIPELINE, "", "", Map.of()));
        if (shape.operator() != null) {
            sections.add(SavepointSection.of(
                    SavepointSection.Kind.OPERATOR, shape.operator(), "aggregate", properties(shape)));
        }
        sections.add(SavepointSection.of(SavepointSection.Kind.LATE, "", "", Map.of()));
        return sections;
    }

    private Map<String, String> properties(StateShape shape) {
        Map<String, String> properties = new LinkedHashMap<>();
        put(properties, SavepointCheck.KEY, shape.key());
        put(properties, SavepointCheck.WINDOWING, shape.windowing());
        put(properties, SavepointCheck.AGGREGATE, shape.format());
        if (shape.codeKnown() && code != null) {
            properties.putAll(SavepointCheck.settings(code));
        }
        return properties;
    }

    private static void put(Map<String, String> properties, String key, @Nullable String value) {
        if (value != null) {
            properties.put(key, value);
        }
    }

    private SavepointHeader header(Cursor of, StateShape shape, Instant createdAt, String codeVersion) {
        Map<String, String> settings = new LinkedHashMap<>();
        long bound = 0;
        if (shape.codeKnown() && code != null && code.watermark != null) {
            settings.put(SavepointCheck.BOUND, code.watermark.bound().toString());
            bound = code.boundMillis;
        }
        List<SavepointHeader.Partition> partitions = new ArrayList<>();
        for (Cursor.Source each : of.sources) {
            partitions.add(new SavepointHeader.Partition(
                    each.position, each.timed, each.idle, each.newestTime, each.timed ? each.newestTime - bound : 0));
        }
        return new SavepointHeader(
                SavepointFormat.VERSION,
                UUID.nameUUIDFromBytes((path + createdAt).getBytes(StandardCharsets.UTF_8)),
                createdAt,
                name,
                codeVersion,
                of.shape,
                shape.source(),
                of.topics.get(0).id(),
                of.stages.isEmpty() ? Long.MIN_VALUE : of.stages.get(0).closedUpTo,
                settings,
                partitions);
    }
}
