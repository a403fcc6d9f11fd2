package io.tidemill.engine;

import io.tidemill.api.ByteSource;
import io.tidemill.engine.lateness.LatenessSketch;
import io.tidemill.engine.lateness.LatenessSketches;
import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a pipeline has committed, read back from its changelog. */
final class CommittedState {
    private static final int FETCH_BYTES = 4 << 20;

    @Nullable
    Cursor cursor;

    final TreeMap<Long, WindowInfo> windows = new TreeMap<>();

    final LatenessSketches lateness = new LatenessSketches();

    /** Late records that wait for their window to close. */
    long deferredRecords;

    long changelogStart;
    long changelogEnd;
    long changelogBytes;

    private CommittedState() {}

    /** Takes accumulators; {@code entry} is null where one was removed. */
    interface Entries {
        void take(byte kind, long window, byte[] key, @Nullable Entry entry, long offset, int bytes);
    }

    /** Reads everything; accumulators go to {@code entries}. */
    static CommittedState read(Log log, CompiledPipeline pipeline, Entries entries) {
        CommittedState state = new CommittedState();
        TopicPartition changelog = new TopicPartition(pipeline.changelogTopic(), 0);
        OffsetRange range = log.offsets(changelog);
        state.changelogStart = range.start();
        state.changelogEnd = range.end();
        RecordCursor cursor = new RecordCursor();
        long at = range.start();
        while (at < range.end()) {
            log.fetch(changelog, at, FETCH_BYTES, cursor);
            while (cursor.next()) {
                state.take(cursor, pipeline, entries);
            }
            at = cursor.nextOffset();
        }
        return state;
    }

    private void take(RecordCursor record, CompiledPipeline pipeline, Entries entries) {
        ByteSource key = new ByteSource(record.array(), record.keyStart(), record.keyLength());
        boolean removed = record.valueLength() < 0;
        ByteSource value = new ByteSource(record.array(), record.valueStart(), Math.max(0, record.valueLength()));
        int bytes = record.keyLength() + Math.max(0, record.valueLength()) + 10;
        changelogBytes += bytes;
        byte kind = key.readByte();
        switch (kind) {
            case StateFormat.CURSOR -> cursor = Cursor.read(value);
            case StateFormat.WINDOW -> takeWindow(key.readLong(), removed ? null : value, record.offset(), bytes);
            case StateFormat.LATENESS ->
                lateness.restore((int) key.readLong(), LatenessSketch.read(value), record.offset(), bytes);
            case StateFormat.ACCUMULATOR, StateFormat.DEFERRED -> {
                long window = key.readLong();
                byte[] user = key.readBytes(key.remaining());
                Entry entry = removed ? null : StateFormat.readEntry(user, window, value, pipeline.requireAggregate());
                entries.take(kind, window, user, entry, record.offset(), bytes);
            }
            default ->
                throw new PipelineException(
                        "the changelog of pipeline '" + pipeline.name() + "' holds a record of the unknown kind " + kind
                                + ": use the version of Tidemill that wrote it");
        }
    }

    private void takeWindow(long window, @Nullable ByteSource value, long offset, int bytes) {
        if (value == null) {
            windows.remove(window);
        } else {
            WindowInfo info = WindowInfo.read(value);
            info.step = offset;
            info.bytes = bytes;
            windows.put(window, info);
        }
    }
}
