package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.engine.RowOperator.Slot;
import io.tidemill.engine.state.StateChanges;
import io.tidemill.engine.state.StateView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a store holds of an operator beside its entries, and derives from them: in the changelog there is nothing of it. Lanes keep
 * it as they go; here it is made again of what a changelog has that the store had not.
 */
abstract sealed class StoreDerived {
    final int operator;
    private final ByteSink keySink = new ByteSink();
    final ByteSink valueSink = new ByteSink();

    private StoreDerived(StagePlan stage) {
        this.operator = stage.operatorId;
    }

    static StoreDerived of(StagePlan stage) {
        if (stage.process != null) {
            return new OfRows(stage, stage.process);
        }
        return stage.sessions != null ? new OfSessions(stage, stage.sessions) : new Nothing(stage);
    }

    /** What the entry adds to {@link Lane#measure}. */
    abstract long measure(byte[] storeKey, byte[] value);

    /** An entry changes. Those of a batch come in any order, each once. */
    abstract void replay(byte[] storeKey, byte @Nullable [] before, byte @Nullable [] after, StateChanges changes);

    /** The batch is at its end. */
    abstract void finish(StateView store, StateChanges changes);

    void put(byte[] key, StateChanges changes) {
        keySink.reset();
        keySink.write(key);
        changes.put(keySink, valueSink);
    }

    void delete(byte[] key, StateChanges changes) {
        keySink.reset();
        keySink.write(key);
        changes.delete(keySink);
    }

    static Entry entry(byte[] storeKey, byte[] value) {
        return StateFormat.readEntry(
                StoreKeys.kind(storeKey),
                StoreKeys.key(storeKey),
                StoreKeys.window(storeKey),
                new ByteSource(value),
                source -> source.readBytes(source.remaining()));
    }

    private static final class Nothing extends StoreDerived {
        Nothing(StagePlan stage) {
            super(stage);
        }

        @Override
        long measure(byte[] storeKey, byte[] value) {
            return 0;
        }

        @Override
        void replay(byte[] storeKey, byte @Nullable [] before, byte @Nullable [] after, StateChanges changes) {}

        @Override
        void finish(StateView store, StateChanges changes) {}
    }

    private static final class OfRows extends StoreDerived {
        private final Map<Long, Integer> slotPlaces;
        private final List<Slot> slots;
        private final Map<ByteBuffer, KeyCounts> added = new LinkedHashMap<>();

        OfRows(StagePlan stage, ProcessPlan plan) {
            super(stage);
            slotPlaces = plan.slotPlaces();
            slots = plan.operator().slots();
        }

        @Override
        long measure(byte[] storeKey, byte[] value) {
            return StoreKeys.kind(storeKey) == StateFormat.ROW ? 1 : 0;
        }

        @Override
        void replay(byte[] storeKey, byte @Nullable [] before, byte @Nullable [] after, StateChanges changes) {
            if (StoreKeys.kind(storeKey) == StateFormat.STATE) {
                replayState(storeKey, before, after, changes);
                return;
            }
            byte[] userKey = RowKeys.parts(StoreKeys.key(storeKey)).userKey();
            KeyCounts counts = added.computeIfAbsent(ByteBuffer.wrap(userKey), key -> new KeyCounts());
            if (before != null) {
                count(storeKey, before, -1, counts);
            }
            if (after != null) {
                count(storeKey, after, 1, counts);
            }
        }

        private static void count(byte[] storeKey, byte[] value, int by, KeyCounts counts) {
            if (StoreKeys.kind(storeKey) == StateFormat.ROW) {
                counts.addRows(by);
            } else {
                counts.addTimer(timer(storeKey, value), by);
            }
        }

        private static TimerEntry timer(byte[] storeKey, byte[] value) {
            RowKeys.Parts parts = RowKeys.parts(StoreKeys.key(storeKey));
            return TimerEntry.read(
                    parts.userKey(),
                    0,
                    TimerEntry.domain(parts.part()[0]),
                    StoreKeys.window(storeKey).startMillis(),
                    (byte[]) entry(storeKey, value).accumulator);
        }

        private void replayState(
                byte[] storeKey, byte @Nullable [] before, byte @Nullable [] after, StateChanges changes) {
            long slotId = StoreKeys.window(storeKey).startMillis();
            Integer place = slotPlaces.get(slotId);
            if (place == null || !slots.get(place).expires()) {
                return;
            }
            if (before != null) {
                replay(storeKey, slotId, before, false, changes);
            }
            if (after != null) {
                replay(storeKey, slotId, after, true, changes);
            }
        }

        private void replay(byte[] storeKey, long slotId, byte[] value, boolean isPut, StateChanges changes) {
            long writtenAt = new ByteSource((byte[]) entry(storeKey, value).accumulator).readVarlong();
            byte[] key = StoreKeys.key(storeKey);
            byte[] index = StoreKeys.expiry(operator, slotId, writtenAt, key, RowKeys.hash(key));
            if (writtenAt >= StateEntry.FOREVER) {
                return;
            }
            if (isPut) {
                valueSink.reset();
                put(index, changes);
            } else {
                delete(index, changes);
            }
        }

        @Override
        void finish(StateView store, StateChanges changes) {
            List<byte[]> keys = new ArrayList<>();
            List<KeyCounts> counts = new ArrayList<>(added.values());
            added.keySet().forEach(each -> {
                byte[] key = each.array();
                keys.add(StoreKeys.ofKey(operator, key, Murmur2.hash(key, 0, key.length)));
            });
            store.get(keys, (i, value) -> counts.get(i).add(KeyCounts.read(value)));
            for (int i = 0; i < keys.size(); i++) {
                if (counts.get(i).isNothing()) {
                    delete(keys.get(i), changes);
                } else {
                    valueSink.reset();
                    counts.get(i).write(valueSink);
                    put(keys.get(i), changes);
                }
            }
            added.clear();
        }
    }

    private static final class OfSessions extends StoreDerived {
        private final SessionRules rules;

        /** When keys must be looked at again, at the latest. */
        private final Map<ByteBuffer, Long> due = new LinkedHashMap<>();

        OfSessions(StagePlan stage, SessionRules rules) {
            super(stage);
            this.rules = rules;
        }

        @Override
        long measure(byte[] storeKey, byte[] value) {
            return StoreKeys.kind(storeKey) == StateFormat.CELL ? entry(storeKey, value).count : 0;
        }

        @Override
        void replay(byte[] storeKey, byte @Nullable [] before, byte @Nullable [] after, StateChanges changes) {
            if (after != null && StoreKeys.kind(storeKey) == StateFormat.CELL) {
                Cell cell = (Cell) entry(storeKey, after);
                // With a maximum its session may have begun long before; so it is not due before the next millisecond.
                long at = rules.hasMax ? cell.first() + 1 : rules.dueAt(cell.first(), cell.last);
                due.merge(ByteBuffer.wrap(cell.key), at, Math::min);
            }
        }

        @Override
        void finish(StateView store, StateChanges changes) {
            List<byte[]> keys = new ArrayList<>();
            due.keySet().forEach(each -> {
                byte[] key = each.array();
                keys.add(StoreKeys.ofKey(operator, key, Murmur2.hash(key, 0, key.length)));
            });
            long[] before = new long[keys.size()];
            Arrays.fill(before, Long.MAX_VALUE);
            store.get(keys, (i, value) -> before[i] = new ByteSource(value).readLong());
            int i = 0;
            for (Map.Entry<ByteBuffer, Long> each : due.entrySet()) {
                byte[] key = each.getKey().array();
                int hash = Murmur2.hash(key, 0, key.length);
                if (each.getValue() < before[i]) {
                    if (before[i] != Long.MAX_VALUE) {
                        delete(StoreKeys.due(operator, before[i], key, hash), changes);
                    }
                    valueSink.reset();
                    put(StoreKeys.due(operator, each.getValue(), key, hash), changes);
                    valueSink.writeLong(each.getValue());
                    put(keys.get(i), changes);
                }
                i++;
            }
            due.clear();
        }
    }
}
