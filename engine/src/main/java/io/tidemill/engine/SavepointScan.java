package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Window;
import io.tidemill.engine.StateReader.StateKey;
import io.tidemill.engine.savepoint.EntrySorter;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.savepoint.SavepointFormat;
import io.tidemill.engine.state.StateStoreException;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a pipeline has committed, whether it runs or not, and gives it to a sorter. Used once.
 *
 * <p>The changelog up to any of its ends is the whole state at one commit. What has closed is in a topic of its own, which
 * is compacted: so all of it is read first, then the changelog, then what closed in between. Whatever a later commit
 * replaced was read before that commit was there.
 */
final class SavepointScan {
    private static final int FETCH_BYTES = 4 << 20;
    private static final long BEFORE_THE_CHANGELOG = -1;

    private final Log log;
    private final String name;
    private final @Nullable CompiledPipeline code;
    private final @Nullable StateStores stores;
    private final EntrySorter sorter;
    private final RecordCursor fetched = new RecordCursor();
    private RecordCursor records = fetched;

    /** By operator. */
    final Map<Integer, TreeMap<Window, WindowInfo>> windows = new HashMap<>();

    /** Those that entries are of. */
    final Set<Integer> operators = new HashSet<>();

    private @Nullable Cursor cursor;
    byte[] cursorBytes = {};
    private boolean restoring;

    /** What is read is not of one moment, because the log has moved on. */
    static final class Overtaken extends Exception {
        private static final long serialVersionUID = 1;

        Overtaken(String what) {
            super(what);
        }
    }

    SavepointScan(
            Log log, String name, @Nullable CompiledPipeline code, @Nullable StateStores stores, EntrySorter sorter) {
        this.log = log;
        this.name = name;
        this.code = code;
        this.stores = stores;
        this.sorter = sorter;
    }

    /** Returns how far the pipeline had come. */
    Cursor run() throws IOException, Overtaken {
        TopicPartition closed = new TopicPartition(name + ".closed", 0);
        boolean hasClosed = log.topic(closed.topic()).isPresent();
        long closedRead = hasClosed ? readClosed(closed) : 0;
        TopicPartition changelog = new TopicPartition(name + ".changelog", 0);
        long beginsAtMost = readStore();
        OffsetRange range = log.offsets(changelog);
        if (range.start() > beginsAtMost) {
            throw new Overtaken(changelog + " was cut off at its start meanwhile");
        }
        for (long at = range.start(); at < range.end(); at = records.nextOffset()) {
            fetch(changelog, at);
            while (records.next() && records.offset() < range.end()) {
                takeState();
            }
        }
        if (restoring) {
            throw new SavepointException("the state of pipeline '" + name
                    + "' is not whole, because restoring it was interrupted: restore it again first");
        }
        if (cursor == null) {
            throw neverRan(name);
        }
        if (hasClosed) {
            readClosedSince(closed, closedRead);
        }
        readLate(cursor);
        return cursor;
    }

    static SavepointException neverRan(String pipeline) {
        return new SavepointException(
                "pipeline '" + pipeline + "' has no state here: run it first, or name the data that it runs on");
    }

    /** What is in a store alone; returns where the changelog may begin for that to be so. */
    private long readStore() throws IOException, Overtaken {
        try {
            return StoredEntries.<IOException>read(log, name, stores, record -> {
                records = record;
                // Before anything that the changelog says of it.
                takeOperatorState(
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

    // ---- what has closed ----

    /** All there is now; what is cut off meanwhile is needed no more. Returns where it ended. */
    private long readClosed(TopicPartition closed) throws IOException {
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
                takeClosed();
            }
            at = records.nextOffset();
        }
        return range.end();
    }

    /** What windows and places know to be there; what came later is of a later commit. */
    private void readClosedSince(TopicPartition closed, long from) throws IOException, Overtaken {
        long end = windows.values().stream()
                .flatMap(each -> each.values().stream())
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
                takeClosed();
            }
        }
    }

    private void takeClosed() throws IOException {
        StateKey key = key();
        boolean isSession = key.kind() == StateFormat.SESSION;
        if (records.valueLength() < 0 && !isSession) {
            // A window's accumulators stay known until it is forgotten.
            return;
        }
        sorter.add(
                SavepointKeys.ofOperator(
                        operator(),
                        isSession ? SavepointFormat.ENDED : SavepointFormat.CLOSED,
                        key.window(),
                        key.key()),
                records.offset(),
                records.valueLength() < 0 ? null : value(key));
    }

    // ---- the changelog ----

    private void takeState() throws IOException {
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
                    SavepointKeys.ofPipeline(letter, partition),
                    records.offset(),
                    removed ? null : source.readBytes(source.remaining()));
        } else if (letter != StateFormat.STORE) {
            takeOperatorState(records.offset(), removed, source);
        }
    }

    private void takeOperatorState(long sequence, boolean removed, ByteSource source) throws IOException {
        StateKey key = key();
        int operator = operator();
        operators.add(operator);
        if (key.kind() != StateFormat.WINDOW) {
            sorter.add(
                    SavepointKeys.ofOperator(operator, key.kind(), key.window(), key.key()),
                    sequence,
                    removed ? null : value(key));
            return;
        }
        TreeMap<Window, WindowInfo> its = windows.computeIfAbsent(operator, any -> new TreeMap<>(Lane.BY_END));
        if (removed) {
            its.remove(key.window());
        } else {
            its.put(key.window(), WindowInfo.read(source, key.version()));
        }
    }

    /** The operator that the record is of, whatever name it had when that was written. */
    private int operator() {
        byte letter = records.array()[records.keyStart()];
        if (isFirst(letter)) {
            return Objects.requireNonNull(requireCode().onlyStage()).operatorId;
        }
        return canonical(new ByteSource(records.array(), records.keyStart() + 1, Integer.BYTES).readInt());
    }

    /** What stands for an operator, of all that stand for it. */
    int canonical(int operator) {
        List<StagePlan> stages = code == null ? List.of() : code.stages;
        for (StagePlan stage : stages) {
            if (stage.operatorIds.contains(operator)) {
                return stage.operatorId;
            }
        }
        return operator;
    }

    /** Version 1 of the state had capital letters. */
    private static boolean isFirst(byte letter) {
        return letter >= 'A' && letter <= 'Z';
    }

    /** Of any kind, also of those that this version does not know. */
    private StateKey key() {
        ByteSource source = new ByteSource(records.array(), records.keyStart(), records.keyLength());
        if (isFirst(records.array()[records.keyStart()])) {
            return new StateReader(requireCode()).key(source);
        }
        byte letter = source.readByte();
        source.readInt();
        Window window = StateFormat.readWindow(source);
        return new StateKey(2, null, letter, window, source.readBytes(source.remaining()));
    }

    /** As this version writes it. */
    private byte[] value(StateKey key) {
        ByteSource source = new ByteSource(records.array(), records.valueStart(), records.valueLength());
        if (key.version() == 2) {
            return source.readBytes(source.remaining());
        }
        StagePlan stage = key.requireStage();
        ByteSink sink = new ByteSink();
        StateFormat.writeEntry(
                StateFormat.readFirst(key.kind(), key.key(), key.window(), source, stage.aggregate),
                stage.aggregate,
                sink);
        return sink.toByteArray();
    }

    private CompiledPipeline requireCode() {
        if (code == null) {
            throw new SavepointException("the state of pipeline '" + name
                    + "' holds records of format version 1, which need the code that kept them: name that code");
        }
        return code;
    }

    // ---- what is late ----

    /** Those that came before the cursor's offsets: the topic may have more. */
    private void readLate(Cursor of) throws IOException, Overtaken {
        String topic = name + ".late";
        if (log.topic(topic).isEmpty()) {
            return;
        }
        Map<TopicPartition, Long> read = positions(of);
        Map<String, String> names = lateNames(of);
        for (int i = 0; i < of.lateOffsets.size(); i++) {
            TopicPartition late = new TopicPartition(topic, i);
            OffsetRange range = log.offsets(late);
            long at = Math.max(of.lateOffsets.get(i), range.start());
            boolean more = true;
            while (more && at < range.end()) {
                fetch(late, at);
                while (more && records.next()) {
                    more = isBefore(read);
                    if (more) {
                        takeLate(i, names);
                    }
                }
                at = records.nextOffset();
            }
        }
    }

    private static Map<TopicPartition, Long> positions(Cursor of) {
        Map<TopicPartition, Long> positions = new HashMap<>();
        int number = 0;
        for (Cursor.Topic topic : of.topics) {
            for (int i = 0; i < topic.partitions(); i++) {
                positions.put(new TopicPartition(topic.name(), i), of.sources.get(number++).position);
            }
        }
        return positions;
    }

    /** Late records are in the order of the commits that found them. */
    private boolean isBefore(Map<TopicPartition, Long> read) {
        LateRecord record = LateRecord.of(records.key(), records.value(), records.headers());
        TopicPartition origin =
                new TopicPartition(record.origin().topic(), record.origin().partition());
        Long position = read.get(origin);
        if (position == null) {
            // Earlier versions had one topic, and did not name it.
            position = read.getOrDefault(new TopicPartition("", origin.partition()), Long.MAX_VALUE);
        }
        return record.origin().offset() < position;
    }

    /** By a name that late records may have for an operator, the one that its section has. */
    private Map<String, String> lateNames(Cursor of) {
        Map<String, String> names = new HashMap<>();
        for (StateShape.Kept each : StateShape.of(of, code).operators()) {
            if (each.plan() != null) {
                each.plan().stateNames().forEach(name -> names.put(name, each.name()));
            }
        }
        return names;
    }

    /** Who reads the savepoint knows the operators by the names of their sections, and may not know those before. */
    private void takeLate(int partition, Map<String, String> names) throws IOException {
        StoredRecord stored =
                new StoredRecord(records.timestampMillis(), records.key(), records.value(), records.headers());
        sorter.add(
                SavepointKeys.ofLate(SavepointFormat.LATE_RECORD, partition, records.offset()),
                records.offset(),
                stored.renamed(name -> names.getOrDefault(name, name)).toBytes());
    }
}
