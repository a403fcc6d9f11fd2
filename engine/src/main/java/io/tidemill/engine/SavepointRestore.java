package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.SavepointEntry;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.savepoint.SavepointFormat;
import io.tidemill.engine.savepoint.SavepointHeader;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.engine.savepoint.SavepointReader;
import io.tidemill.engine.savepoint.SavepointSection;
import io.tidemill.log.Commit;
import io.tidemill.log.CommitResult;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.LogWriter;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a savepoint the state of a pipeline. What fits one commit is there all at once. Else the first commit cuts off the
 * state that was there and leaves a mark, the last one takes the mark away and writes the cursor; in between, and after a
 * crash in between, the pipeline does not start, and the restore can be repeated.
 */
final class SavepointRestore {
    private static final int FETCH_BYTES = 4 << 20;
    private static final byte[] NO_KEY = {};

    private final Log log;
    private final CompiledPipeline code;
    private final SavepointInfo savepoint;
    private final SavepointCheck check;
    private final int commitBytesMax;
    private final PipelineTopics topics;
    private final TopicPartition changelog;
    private final @Nullable TopicPartition closed;
    private final Output state;
    private final @Nullable Output closedOutput;
    private final Output late;
    private final Commit.Builder trims = Commit.builder();
    private final List<Long> lateStarts = new ArrayList<>();
    private final ByteSink keySink = new ByteSink();
    private final CursorRestore cursor;
    private final LateRestore lateRecords;

    /** Where what has closed has gone, for the section at hand: by window, or by place. */
    private final Map<Window, WindowInfo> places = new HashMap<>();

    private String section = "";
    private long changelogEnd;
    private long closedEnd;
    private long entries;
    private long commits;

    /** What a pipeline's changelog holds. */
    enum Held {
        NOTHING,
        STATE,
        /** A restore has begun and not ended. */
        PART
    }

    /** How a restore went. */
    record Done(long entries, long commits) {}

    static Held held(Log log, String pipeline) {
        TopicPartition changelog = new TopicPartition(pipeline + ".changelog", 0);
        if (log.topic(changelog.topic()).isEmpty()) {
            return Held.NOTHING;
        }
        OffsetRange range = log.offsets(changelog);
        RecordCursor records = new RecordCursor();
        Held held = Held.NOTHING;
        for (long at = range.start(); at < range.end(); at = records.nextOffset()) {
            log.fetch(changelog, at, FETCH_BYTES, records);
            while (records.next()) {
                byte letter = records.array()[records.keyStart()];
                if (letter == StateFormat.RESTORING) {
                    held = records.valueLength() < 0 ? Held.STATE : Held.PART;
                } else if (letter == StateFormat.CURSOR && held == Held.NOTHING) {
                    held = Held.STATE;
                }
            }
        }
        return held;
    }

    /** Throws unless every source that stays continues where the savepoint ends, and those that come are there. */
    static void requireSources(Log log, CompiledPipeline code, SavepointInfo savepoint, boolean sameRecords) {
        for (SourcePlan source : code.sources) {
            TopicDescription topic = log.topic(source.topic())
                    .orElseThrow(
                            () -> new SavepointException(
                                    "there is no topic '" + source.topic()
                                            + "' here, which the pipeline reads: restore where it is, or create it and copy its records"));
            for (SavepointHeader.Source before : savepoint.header().sources()) {
                if (before.topic().equals(source.topic())) {
                    requireContinues(log, topic, before, sameRecords);
                }
            }
        }
    }

    private static void requireContinues(
            Log log, TopicDescription topic, SavepointHeader.Source before, boolean sameRecords) {
        String name = topic.name();
        int partitions = before.partitions().size();
        if (topic.config().partitions() != partitions) {
            throw new SavepointException("topic '" + name + "' has "
                    + topic.config().partitions()
                    + " partitions, and had " + partitions + " when the savepoint was taken: its offsets mean nothing"
                    + " there. Restore where it has as many");
        }
        List<Integer> missing = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            OffsetRange range = log.offsets(new TopicPartition(name, i));
            long next = before.partitions().get(i).offset();
            if (next < range.start() || next > range.end()) {
                missing.add(i);
            }
        }
        if (!missing.isEmpty()) {
            throw new SavepointException(
                    "topic '" + name + "' does not hold what comes next, in the partitions " + missing
                            + ": its records were deleted, or are not there yet. Restore a younger savepoint, or where the records"
                            + " are");
        }
        if (!topic.id().equals(before.id()) && !sameRecords) {
            throw new SavepointException("topic '" + name + "' is another one than that of the savepoint, though it has"
                    + " its name: if it holds the same records at the same offsets, say --same-records");
        }
    }

    SavepointRestore(
            Log log,
            CompiledPipeline code,
            SavepointInfo savepoint,
            SavepointCheck check,
            RestoreOptions options,
            int commitBytesMax) {
        this.log = log;
        this.code = code;
        this.savepoint = savepoint;
        this.check = check;
        this.commitBytesMax = commitBytesMax;
        this.topics = PipelineTopics.create(log, code);
        this.changelog = new TopicPartition(code.changelogTopic(), 0);
        this.closed = topics.closed() == null ? null : new TopicPartition(code.closedTopic(), 0);
        this.state = new Output(code.changelogTopic(), 1);
        this.closedOutput = closed == null ? null : new Output(closed.topic(), 1);
        this.late = new Output(topics.late().name(), topics.late().config().partitions());
        this.cursor = new CursorRestore(log, code, savepoint, check, options, topics);
        this.lateRecords = new LateRestore(code, savepoint, check);
    }

    Done run(SavepointReader reader) throws IOException {
        try (LogWriter writer = log.writer(code.name(), topics.read(), topics.written())) {
            changelogEnd = trim(changelog);
            closedEnd = closed == null ? 0 : trim(closed);
            for (int i = 0; i < topics.late().config().partitions(); i++) {
                lateStarts.add(trim(new TopicPartition(topics.late().name(), i)));
            }
            reader.forEach((of, entry) -> {
                take(of, entry);
                if (pendingBytes() > commitBytesMax) {
                    commit(writer, false);
                }
            });
            commit(writer, true);
            return new Done(entries, commits);
        } catch (LogException e) {
            if (e.code() == LogException.Code.CONFLICT) {
                throw new SavepointException(
                        "pipeline '" + code.name()
                                + "' is running, or has been run meanwhile: stop it, and restore again",
                        e);
            }
            throw e;
        }
    }

    /** What is there goes with the first commit; returns where it ends. */
    private long trim(TopicPartition partition) {
        OffsetRange range = log.offsets(partition);
        if (range.end() > range.start()) {
            trims.trim(partition, range.end());
        }
        return range.end();
    }

    private long pendingBytes() {
        return state.bytes() + late.bytes() + (closedOutput == null ? 0 : closedOutput.bytes());
    }

    // ---- entries ----

    private void take(SavepointSection of, SavepointEntry entry) {
        switch (of.kind()) {
            case PIPELINE -> takeOwn(entry);
            case OPERATOR -> takeState(of, entry);
            case LATE -> takeLate(entry);
        }
    }

    private void takeOwn(SavepointEntry entry) {
        if (entry.kind() == SavepointFormat.CURSOR) {
            cursor.read(entry.value());
        } else if (entry.kind() == SavepointFormat.LATENESS) {
            // The cursor is before it.
            int partition = cursor.partitionNow((int) entry.start());
            if (partition >= 0) {
                keySink.reset();
                StateFormat.writeLatenessKey(partition, keySink);
                add(state, entry.value());
            }
        } else {
            throw new SavepointException("the savepoint holds something of the unknown kind '" + (char) entry.kind()
                    + "': use the version of Tidemill that wrote it");
        }
    }

    private void takeState(SavepointSection of, SavepointEntry entry) {
        if (!of.name().equals(section)) {
            section = of.name();
            places.clear();
        }
        EntryConverter converter = check.converter(of.name());
        if (converter == null || converter.isLost(entry)) {
            return;
        }
        int operator = converter.stage.operatorId;
        Window window = EntryConverter.window(entry);
        if (entry.kind() == StateFormat.WINDOW) {
            takeWindow(operator, window, entry);
            return;
        }
        byte[] value = converter.convert(entry);
        if (entry.kind() == StateFormat.DEFERRED) {
            value = cursor.deferred(value);
        }
        keySink.reset();
        if (entry.kind() == SavepointFormat.CLOSED) {
            StateFormat.writeKey(StateFormat.ACCUMULATOR, operator, window, entry.key(), keySink);
            addClosed(window, value);
        } else if (entry.kind() == SavepointFormat.ENDED) {
            StateFormat.writeKey(StateFormat.SESSION, operator, window, entry.key(), keySink);
            addClosed(ClosedSession.placeOf(value), value);
        } else {
            StateFormat.writeKey(entry.kind(), operator, window, entry.key(), keySink);
            add(state, value);
        }
    }

    private void addClosed(Window place, byte[] value) {
        if (closedOutput == null) {
            throw new SavepointException("the savepoint holds closed windows, and the code has none");
        }
        long offset = closedEnd + closedOutput.count();
        places.computeIfAbsent(place, any -> new WindowInfo()).addRange(offset, offset + 1);
        add(closedOutput, value);
    }

    /** What has closed is before it. */
    private void takeWindow(int operator, Window window, SavepointEntry entry) {
        WindowInfo info = WindowInfo.read(new ByteSource(entry.value()), 2);
        info.ranges.clear();
        WindowInfo place = places.get(window);
        if (place != null) {
            info.ranges.addAll(place.ranges);
        }
        keySink.reset();
        StateFormat.writeKey(StateFormat.WINDOW, operator, window, NO_KEY, keySink);
        ByteSink sink = new ByteSink();
        info.write(sink);
        add(state, sink.toByteArray());
    }

    private void takeLate(SavepointEntry entry) {
        StoredRecord record = lateRecords.taken(StoredRecord.of(entry.value()));
        if (record == null) {
            return;
        }
        cursor.waitingRecords++;
        late.add(
                (int) entry.start(),
                record.timestampMillis(),
                SourcePartition.wrap(record.key()),
                SourcePartition.wrap(record.value()),
                record.headers());
        entries++;
    }

    /** Under the key in the sink. */
    private void add(Output output, byte[] value) {
        output.add(0, -1, ByteBuffer.wrap(keySink.toByteArray()), ByteBuffer.wrap(value), List.of());
        entries++;
    }

    // ---- commits ----

    private void commit(LogWriter writer, boolean last) {
        Commit.Builder commit = commits == 0 ? trims : Commit.builder();
        if ((commits > 0) == last) {
            byte[] key = {StateFormat.RESTORING};
            ByteBuffer mark = last ? null : ByteBuffer.wrap(savepoint.file().getBytes(StandardCharsets.UTF_8));
            state.add(0, -1, ByteBuffer.wrap(key), mark, List.of());
        }
        if (last) {
            addCursor(commit);
        }
        long stateRecords = state.count();
        long closedRecords = closedOutput == null ? 0 : closedOutput.count();
        state.moveTo(commit);
        late.moveTo(commit);
        commit.expectEnd(changelog, changelogEnd);
        if (closed != null && closedOutput != null) {
            closedOutput.moveTo(commit);
            commit.expectEnd(closed, closedEnd);
        }
        CommitResult result = writer.commit(commit.build());
        commits++;
        changelogEnd += stateRecords == 0 ? 0 : stateRecords + result.markerOffsets();
        closedEnd += closedRecords == 0 ? 0 : closedRecords + result.markerOffsets();
    }

    private void addCursor(Commit.Builder commit) {
        Cursor now = cursor.now(lateStarts);
        ByteSink sink = new ByteSink();
        now.write(sink);
        keySink.reset();
        keySink.write(StateFormat.CURSOR);
        add(state, sink.toByteArray());
        int number = 0;
        for (Cursor.Topic topic : now.topics) {
            for (int i = 0; i < topic.partitions(); i++) {
                commit.offset(code.name(), new TopicPartition(topic.name(), i), now.sources.get(number++).position);
            }
        }
    }
}
