package io.tidemill.engine;

import io.tidemill.engine.state.StateChanges;
import io.tidemill.engine.state.StateScan;
import io.tidemill.engine.state.StateStore;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A store in memory that loses nothing. */
final class MapStore implements StateStore {
    private final TreeMap<byte[], byte[]> map = new TreeMap<>(Arrays::compareUnsigned);

    @Override
    public void get(List<byte[]> keys, Found found) {
        for (int i = 0; i < keys.size(); i++) {
            byte[] value = map.get(keys.get(i));
            if (value != null) {
                found.take(i, value.clone());
            }
        }
    }

    @Override
    public StateScan scan(byte[] from, byte[] to) {
        boolean isEmpty = Arrays.compareUnsigned(from, to) >= 0;
        Iterator<Map.Entry<byte[], byte[]>> entries =
                map.subMap(from, isEmpty ? from : to).entrySet().iterator();
        return new StateScan() {
            private Map.@Nullable Entry<byte[], byte[]> at;

            @Override
            public boolean next() {
                at = entries.hasNext() ? entries.next() : null;
                return at != null;
            }

            private Map.Entry<byte[], byte[]> at() {
                if (at == null) {
                    throw new IllegalStateException("at no key");
                }
                return at;
            }

            @Override
            public byte[] key() {
                return at().getKey().clone();
            }

            @Override
            public byte[] value() {
                return at().getValue().clone();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public byte @Nullable [] lastKey(byte[] from, byte[] to) {
        byte[] last = map.lowerKey(to);
        return last == null || Arrays.compareUnsigned(last, from) < 0 ? null : last.clone();
    }

    @Override
    public void write(List<StateChanges> changes, long mark) {
        for (StateChanges each : changes) {
            each.forEach(new StateChanges.Visitor() {
                @Override
                public void put(byte[] array, int keyStart, int keyLength, int valueStart, int valueLength) {
                    map.put(
                            Arrays.copyOfRange(array, keyStart, keyStart + keyLength),
                            Arrays.copyOfRange(array, valueStart, valueStart + valueLength));
                }

                @Override
                public void delete(byte[] array, int keyStart, int keyLength) {
                    map.remove(Arrays.copyOfRange(array, keyStart, keyStart + keyLength));
                }
            });
        }
    }

    /** How much it holds, also of what is derived from entries. */
    int size() {
        return map.size();
    }

    @Override
    public void flush() {}

    @Override
    public long durableMark() {
        return NONE;
    }

    @Override
    public void close() {}
}
