package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.engine.state.StateChanges;
import io.tidemill.engine.state.StateScan;
import io.tidemill.engine.state.StateStore;
import io.tidemill.engine.state.StateStoreException;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store beside a pipeline's changelog. Used by one thread, but for what lanes read.
 *
 * <p>The store follows the changelog: what commits wrote there is written here next, together with the offset up to which
 * that is done: with each commit or, if all lanes hold on to it meanwhile, for several together. It is made durable now and
 * then, in the background, and the changelog is cut off up to where it is. So a store that is found holds all changes up to
 * some offset and none behind it; the rest is read from the changelog. A store that does not belong to the changelog, is damaged, or has lost too much is made anew, as long as the changelog has all. The
 * changelog says which store it belongs to ({@link StoreLink}), since an older one, or one from before a savepoint
 * was restored, may have an offset that looks right.
 */
final class TaskStore implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(TaskStore.class);
    private static final int VERSION = 1;
    private static final int REPLAYED_AT_ONCE = 10_000;
    private static final int REPLAYED_BYTES_AT_ONCE = 8 << 20;

    /** The store is made durable when the changelog has grown by so many times {@link EngineOptions#stateLogBytesMin}. */
    private static final int FLUSH_FACTOR = 4;

    /** Bytes, entries, and {@link Lane#measure}. */
    private static final int TOTALS = 3;

    /** More is as good as without end. */
    private static final long STATE_LOG_BYTES_MIN_MAX = Long.MAX_VALUE >> 5;

    private final TopicPartition changelog;
    private final long cacheBytesMax;
    private final long flushBytes;
    private final StateStore store;
    private final UUID id;

    /** What is in the changelog now; null if nothing is. */
    private @Nullable StoreLink link;

    /** Durable since before it was opened. */
    private final long durableBefore;

    private long mark;
    private long unflushedBytes;
    private final Map<Integer, long[]> totals = new TreeMap<>();
    private final StateChanges own = new StateChanges();
    private final ByteSink keySink = new ByteSink();
    private final ByteSink valueSink = new ByteSink();

    /** Read from the changelog, and not written yet: the value is null where an entry was removed. */
    private final Map<ByteBuffer, Replayed> replayed = new LinkedHashMap<>();

    private long replayedBytes;
    private final Map<StagePlan, StoreDerived> derivedOf = new HashMap<>();

    private record Replayed(StagePlan stage, byte @Nullable [] value) {}

    private record Header(UUID id, long mark) {}

    static TaskStore open(StateBackend.Stored backend, CompiledPipeline pipeline, Log log, EngineOptions options) {
        TopicPartition changelog = new TopicPartition(pipeline.changelogTopic(), 0);
        OffsetRange range = log.offsets(changelog);
        StoreLink link = StoreLink.find(log, changelog);
        StateStore store = openOrReplace(backend.stores(), pipeline, link);
        try {
            Header header = readHeader(store);
            String mistake = mistake(header, link, range);
            if (mistake != null) {
                requireReplaceable(pipeline, link, mistake);
                if (header != null) {
                    LOGGER.info("The state store of pipeline '{}' is made anew: {}", pipeline.name(), mistake);
                }
                store.close();
                backend.stores().delete(pipeline.name());
                store = backend.stores().open(pipeline.name());
                header = null;
            }
            return new TaskStore(backend, pipeline, changelog, store, header, link, range, options);
        } catch (RuntimeException | Error e) {
            store.close();
            throw e;
        }
    }

    private static StateStore openOrReplace(StateStores stores, CompiledPipeline pipeline, @Nullable StoreLink link) {
        try {
            return stores.open(pipeline.name());
        } catch (StateStoreException e) {
            if (e.code() != StateStoreException.Code.DAMAGED) {
                throw e;
            }
            requireReplaceable(pipeline, link, String.valueOf(e.getMessage()));
            LOGGER.warn("The state store of pipeline '{}' is made anew: {}", pipeline.name(), e.getMessage());
            stores.delete(pipeline.name());
            return stores.open(pipeline.name());
        }
    }

    private static @Nullable Header readHeader(StateStore store) {
        @Nullable Header[] header = {null};
        store.get(List.of(StoreKeys.HEADER), (i, value) -> {
            ByteSource source = new ByteSource(value);
            // Another version's is made anew.
            if (source.readByte() == VERSION) {
                header[0] = new Header(new UUID(source.readLong(), source.readLong()), source.readLong());
            }
        });
        return header[0];
    }

    /** Why a store cannot go on where it was; null if it can. */
    private static @Nullable String mistake(@Nullable Header header, @Nullable StoreLink link, OffsetRange range) {
        if (header == null) {
            return "there is none";
        }
        if (link == null || !link.store().equals(header.id())) {
            return "it is not the one that the changelog belongs to";
        }
        if (header.mark() < range.start()) {
            return "it has come to offset " + header.mark() + ", and the changelog begins at " + range.start();
        }
        if (header.mark() > range.end()) {
            return "it has come to offset " + header.mark() + ", and the changelog ends at " + range.end();
        }
        return null;
    }

    private static void requireReplaceable(CompiledPipeline pipeline, @Nullable StoreLink link, String mistake) {
        if (link != null && link.needed()) {
            throw new PipelineException(
                    "the state of pipeline '" + pipeline.name()
                            + "' is not whole: its store cannot be used (" + mistake
                            + "), and what it held has been cut off the changelog. Bring back the directory of the store that"
                            + " belongs to this data, or restore a savepoint with --replace, or run the pipeline under another name");
        }
    }

    private TaskStore(
            StateBackend.Stored backend,
            CompiledPipeline pipeline,
            TopicPartition changelog,
            StateStore store,
            @Nullable Header header,
            @Nullable StoreLink link,
            OffsetRange range,
            EngineOptions options) {
        this.changelog = changelog;
        this.cacheBytesMax = backend.cacheBytesMax();
        this.flushBytes = FLUSH_FACTOR * Math.min(options.stateLogBytesMin(), STATE_LOG_BYTES_MIN_MAX);
        this.store = store;
        this.link = header == null ? null : link;
        this.id = header == null ? UUID.randomUUID() : header.id();
        this.mark = header == null ? range.start() : header.mark();
        this.durableBefore = header == null ? 0 : mark;
        for (StagePlan stage : pipeline.stages) {
            totals.put(stage.operatorId, readTotals(stage.operatorId));
        }
        for (StagePlan stage : pipeline.stages) {
            for (int operator : stage.operatorIds) {
                if (header != null && operator != stage.operatorId) {
                    moveFrom(operator, stage.operatorId);
                }
            }
        }
    }

    // ---- opening ----

    private long[] readTotals(int operator) {
        keySink.reset();
        StoreKeys.writeTotals(operator, keySink);
        long[] found = new long[TOTALS];
        store.get(List.of(keySink.toByteArray()), (i, value) -> {
            ByteSource source = new ByteSource(value);
            found[0] = source.readLong();
            found[1] = source.readLong();
            // Who had no third figure had no operators that need it.
            found[2] = source.remaining() < Long.BYTES ? 0 : source.readLong();
        });
        return found;
    }

    /** Moves what was kept under a name that the operator had before, some of it at a time. */
    private void moveFrom(int former, int operator) {
        long[] before = readTotals(former);
        if (before[1] == 0) {
            return;
        }
        totals.put(former, before);
        for (byte[] derived : StoreKeys.derived(former)) {
            moveRange(derived, (key, value) -> move(key, value, operator));
        }
        moveRange(StoreKeys.ofOperator(former), (key, value) -> moveEntry(key, value, before, operator));
        long[] now = totals.computeIfAbsent(operator, any -> new long[TOTALS]);
        now[2] += before[2];
        write(List.of(), mark);
        totals.remove(former);
    }

    private void moveRange(byte[] prefix, BiConsumer<byte[], byte[]> move) {
        try (StateScan scan = store.scan(prefix, StoreKeys.behind(prefix))) {
            while (scan.next()) {
                move.accept(scan.key(), scan.value());
                if (own.bytes() > REPLAYED_BYTES_AT_ONCE) {
                    write(List.of(), mark);
                }
            }
        }
    }

    private void moveEntry(byte[] storeKey, byte[] value, long[] before, int operator) {
        long[] now = totals.computeIfAbsent(operator, any -> new long[TOTALS]);
        int bytes = bytes(storeKey, value.length);
        before[0] -= bytes;
        before[1]--;
        now[0] += bytes;
        now[1]++;
        move(storeKey, value, operator);
    }

    private void move(byte[] storeKey, byte[] value, int operator) {
        keySink.reset();
        keySink.write(storeKey);
        own.delete(keySink);
        keySink.reset();
        keySink.write(StoreKeys.withOperator(storeKey, operator));
        valueSink.reset();
        valueSink.write(value);
        own.put(keySink, valueSink);
    }

    /** Takes an entry from the changelog; what the store has already is passed over. */
    void take(StagePlan stage, byte kind, Window window, byte[] key, @Nullable Entry entry, long offset, int bytes) {
        if (offset < mark) {
            return;
        }
        keySink.reset();
        StoreKeys.write(kind, stage.operatorId, window, key, 0, key.length, StateFormat.hashOf(kind, key), keySink);
        byte[] value = null;
        if (entry != null) {
            valueSink.reset();
            StateFormat.writeEntry(entry, stage.aggregate, valueSink);
            value = valueSink.toByteArray();
        }
        replayed.put(ByteBuffer.wrap(keySink.toByteArray()), new Replayed(stage, value));
        replayedBytes += keySink.size() + bytes;
        if (replayed.size() >= REPLAYED_AT_ONCE || replayedBytes >= REPLAYED_BYTES_AT_ONCE) {
            writeReplayed(offset + 1);
        }
    }

    /** All of the changelog has been taken. */
    void taken(long changelogEnd) {
        writeReplayed(changelogEnd);
    }

    private void writeReplayed(long newMark) {
        List<byte[]> keys = new ArrayList<>();
        replayed.keySet().forEach(key -> keys.add(key.array()));
        byte[] @Nullable [] before = new byte[keys.size()][];
        store.get(keys, (i, value) -> before[i] = value);
        int i = 0;
        for (Replayed each : replayed.values()) {
            byte[] key = keys.get(i);
            keySink.reset();
            keySink.write(key);
            long[] total = totals.computeIfAbsent(each.stage.operatorId, any -> new long[TOTALS]);
            StoreDerived derived = derivedOf.computeIfAbsent(each.stage, StoreDerived::of);
            byte[] former = before[i];
            if (former != null) {
                total[0] -= bytes(key, former.length);
                total[1]--;
                total[2] -= derived.measure(key, former);
            }
            if (each.value != null) {
                total[0] += bytes(key, each.value.length);
                total[1]++;
                total[2] += derived.measure(key, each.value);
                valueSink.reset();
                valueSink.write(each.value);
                own.put(keySink, valueSink);
            } else if (former != null) {
                own.delete(keySink);
            }
            unflushedBytes += keySink.size() + valueSink.size();
            derived.replay(key, former, each.value, own);
            i++;
        }
        derivedOf.values().forEach(derived -> derived.finish(store, own));
        replayed.clear();
        replayedBytes = 0;
        write(List.of(), newMark);
    }

    /** As {@link StateLog} counts. */
    private static int bytes(byte[] storeKey, int valueBytes) {
        return StoreKeys.changelogBytes(storeKey) + valueBytes + StateLog.RECORD_OVERHEAD_BYTES;
    }

    /** Lets a lane work over the store. */
    void keep(Lane lane, int number, int lanes) {
        LaneStore of = new LaneStore(store, lane.state, lane.pipeline.aggregate, number, lanes, cacheBytesMax);
        lane.keepIn(of);
        long[] total = totals.get(lane.state.operator);
        if (number == 0 && total != null) {
            lane.state.begin(total[0], total[1]);
            lane.beginMeasure(total[2]);
        }
    }

    // ---- committing ----

    /** Up to where the changelog is needed no more. */
    long durableMark() {
        return Math.max(durableBefore, store.durableMark());
    }

    /** The link that a commit must write; null if none. To be called once for each commit. */
    @Nullable
    StoreLink link(boolean trims, long deferredRecords) {
        StoreLink before = link;
        boolean needed = trims || (before != null && before.needed());
        if (!trims && before != null && before.deferredRecords() == deferredRecords) {
            return null;
        }
        link = new StoreLink(id, needed, deferredRecords);
        return link;
    }

    /**
     * Knows that the lanes have written to the changelog, which now ends at {@code newMark}. Applies what they have changed, unless
     * all of them can wait: what has not been applied is in memory and, after a crash, in the changelog.
     */
    void committed(List<Lane> lanes, long newMark, long changelogBytes) {
        unflushedBytes += changelogBytes;
        boolean flushes = unflushedBytes > flushBytes;
        if (flushes || !canWait(lanes)) {
            apply(lanes, newMark);
        }
        if (flushes) {
            unflushedBytes = 0;
            store.flush();
        }
    }

    private static boolean canWait(List<Lane> lanes) {
        return lanes.stream().allMatch(lane -> lane.state.defers() && !lane.state.mustApply());
    }

    /** Applies what the lanes have changed, all of which is in the changelog, which ends at {@code newMark}. */
    void apply(List<Lane> lanes, long newMark) {
        List<StateChanges> changes = new ArrayList<>();
        totals.values().forEach(total -> Arrays.fill(total, 0));
        for (Lane lane : lanes) {
            long[] total = totals.computeIfAbsent(lane.state.operator, any -> new long[TOTALS]);
            total[0] += lane.state.bytes();
            total[1] += lane.state.entries();
            total[2] += lane.measure();
            changes.add(lane.state.storeChanges());
        }
        write(changes, newMark);
        lanes.forEach(lane -> lane.state.applied());
    }

    /** So that a start has less to read. What cannot be applied is in the changelog. */
    void applyLast(List<Lane> lanes, long newMark) {
        try {
            if (newMark > mark) {
                apply(lanes, newMark);
            }
        } catch (RuntimeException e) {
            LOGGER.warn("The state store is as it was some steps before the end", e);
        }
    }

    /** Takes what the lanes derive from what was committed before: a step that had nothing to commit may have found it out. */
    void applyDerived(List<Lane> lanes) {
        if (lanes.stream().allMatch(lane -> lane.state.defers())) {
            // They derive nothing, and what has been removed goes with the rest.
            return;
        }
        List<StateChanges> changes = lanes.stream()
                .map(lane -> lane.state.storeChanges())
                .filter(each -> each.count() > 0)
                .toList();
        if (!changes.isEmpty()) {
            write(changes, mark);
            lanes.forEach(lane -> lane.state.applied());
        }
    }

    private void write(List<StateChanges> changes, long newMark) {
        mark = newMark;
        keySink.reset();
        keySink.write(StoreKeys.HEADER);
        valueSink.reset();
        valueSink.write(VERSION);
        valueSink.writeLong(id.getMostSignificantBits());
        valueSink.writeLong(id.getLeastSignificantBits());
        valueSink.writeLong(mark);
        own.put(keySink, valueSink);
        totals.forEach((operator, total) -> {
            keySink.reset();
            StoreKeys.writeTotals(operator, keySink);
            valueSink.reset();
            valueSink.writeLong(total[0]);
            valueSink.writeLong(total[1]);
            valueSink.writeLong(total[2]);
            own.put(keySink, valueSink);
        });
        List<StateChanges> all = new ArrayList<>(changes);
        all.add(own);
        store.write(all, mark);
        own.clear();
    }

    @Override
    public void close() {
        store.close();
    }

    @Override
    public String toString() {
        return "the store of " + changelog.topic();
    }
}
