package io.tidemill.testkit;

import io.tidemill.engine.state.StateChanges;
import io.tidemill.engine.state.StateScan;
import io.tidemill.engine.state.StateStore;
import io.tidemill.engine.state.StateStoreException;
import io.tidemill.engine.state.StateView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * State stores in memory that crash, are lost, found again and damaged on request, all from one seed. Thread-safe.
 *
 * <p>A store makes its writes durable when it likes, at the latest some writes after it was asked to. A crash leaves those that
 * are, and perhaps some more.
 */
public final class SimulatedStores implements CrashableStores {
    private static final int DELAY_MAX = 4;

    private final SplittableRandom random;
    private final Map<String, Content> contents = new HashMap<>();

    /** What is left of a store when nobody has it open. */
    private static final class Content {
        final NavigableMap<byte[], byte[]> durable;
        boolean damaged;

        @Nullable
        Open open;

        Content(NavigableMap<byte[], byte[]> from) {
            durable = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
            durable.putAll(from);
        }
    }

    /** One write. */
    private record Write(List<byte[]> keys, List<byte @Nullable []> values, long mark) {
        void applyTo(Map<byte[], byte[]> map) {
            for (int i = 0; i < keys.size(); i++) {
                byte[] value = values.get(i);
                if (value == null) {
                    map.remove(keys.get(i));
                } else {
                    map.put(keys.get(i), value);
                }
            }
        }
    }

    /** A copy of what was durable in all stores. */
    public static final class Backup {
        private final Map<String, Content> contents = new HashMap<>();
    }

    public SimulatedStores(long seed) {
        this.random = new SplittableRandom(seed);
    }

    @Override
    public synchronized StateStore open(String pipeline) {
        Content content = contents.computeIfAbsent(
                pipeline, any -> new Content(new ConcurrentSkipListMap<>(Arrays::compareUnsigned)));
        if (content.damaged) {
            throw new StateStoreException(
                    StateStoreException.Code.DAMAGED, "the simulated store of '" + pipeline + "' is damaged");
        }
        if (content.open != null) {
            throw new StateStoreException(
                    StateStoreException.Code.IN_USE, "the simulated store of '" + pipeline + "' is open");
        }
        Open open = new Open(content);
        content.open = open;
        return open;
    }

    @Override
    public synchronized void delete(String pipeline) {
        contents.remove(pipeline);
    }

    @Override
    public synchronized Optional<StateView> view(String pipeline) {
        Content content = contents.get(pipeline);
        return content == null ? Optional.empty() : Optional.of(new View(new Content(content.durable).durable));
    }

    @Override
    public synchronized void crash() {
        contents.values().forEach(content -> {
            if (content.open != null) {
                content.open.leave();
            }
        });
    }

    /** Nothing of any store can be read from now on. No store may be open. */
    public synchronized void damage() {
        contents.values().forEach(content -> content.damaged = true);
    }

    /** All stores are gone. None may be open. */
    public synchronized void lose() {
        contents.clear();
    }

    /** What is durable now. */
    public synchronized Backup backup() {
        Backup backup = new Backup();
        contents.forEach((name, content) -> backup.contents.put(name, new Content(content.durable)));
        return backup;
    }

    /** Stores are as they were. None may be open. */
    public synchronized void bringBack(Backup backup) {
        contents.clear();
        backup.contents.forEach((name, content) -> contents.put(name, new Content(content.durable)));
    }

    private static class View implements StateView {
        final NavigableMap<byte[], byte[]> map;

        View(NavigableMap<byte[], byte[]> map) {
            this.map = map;
        }

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
            return new Walk(Arrays.compareUnsigned(from, to) < 0 ? map.subMap(from, to) : Map.of());
        }

        @Override
        public byte @Nullable [] lastKey(byte[] from, byte[] to) {
            byte[] last = map.lowerKey(to);
            return last == null || Arrays.compareUnsigned(last, from) < 0 ? null : last.clone();
        }

        @Override
        public void close() {}
    }

    private final class Open extends View implements StateStore {
        private final Content content;
        private final List<Write> undurable = new ArrayList<>();
        private long durableMark = NONE;

        /** Writes until what was asked for is durable; -1 if nothing was. */
        private int delay = -1;

        Open(Content content) {
            super(new Content(content.durable).durable);
            this.content = content;
        }

        @Override
        public void write(List<StateChanges> changes, long mark) {
            List<byte[]> keys = new ArrayList<>();
            List<byte @Nullable []> values = new ArrayList<>();
            changes.forEach(each -> each.forEach(new StateChanges.Visitor() {
                @Override
                public void put(byte[] array, int keyStart, int keyLength, int valueStart, int valueLength) {
                    keys.add(Arrays.copyOfRange(array, keyStart, keyStart + keyLength));
                    values.add(Arrays.copyOfRange(array, valueStart, valueStart + valueLength));
                }

                @Override
                public void delete(byte[] array, int keyStart, int keyLength) {
                    keys.add(Arrays.copyOfRange(array, keyStart, keyStart + keyLength));
                    values.add(null);
                }
            }));
            Write write = new Write(keys, values, mark);
            synchronized (SimulatedStores.this) {
                if (content.open == this) {
                    write.applyTo(map);
                    undurable.add(write);
                    if (delay == 0) {
                        harden(undurable.size());
                    }
                    delay = Math.max(-1, delay - 1);
                }
            }
        }

        private void harden(int writes) {
            for (Write each : undurable.subList(0, writes)) {
                each.applyTo(content.durable);
                durableMark = each.mark;
            }
            undurable.subList(0, writes).clear();
        }

        @Override
        public void flush() {
            synchronized (SimulatedStores.this) {
                if (delay < 0) {
                    delay = random.nextInt(DELAY_MAX);
                }
            }
        }

        @Override
        public long durableMark() {
            synchronized (SimulatedStores.this) {
                return durableMark;
            }
        }

        /** Some more may have become durable, without anybody knowing. */
        private void leave() {
            if (content.open == this) {
                harden(random.nextInt(undurable.size() + 1));
                content.open = null;
            }
        }

        @Override
        public void close() {
            synchronized (SimulatedStores.this) {
                leave();
            }
        }
    }

    private static final class Walk implements StateScan {
        private final Iterator<Map.Entry<byte[], byte[]>> entries;
        private Map.@Nullable Entry<byte[], byte[]> at;

        Walk(Map<byte[], byte[]> map) {
            entries = map.entrySet().iterator();
        }

        @Override
        public boolean next() {
            at = entries.hasNext() ? entries.next() : null;
            return at != null;
        }

        private Map.Entry<byte[], byte[]> at() {
            if (at == null) {
                throw new IllegalStateException("the walk is not at a key");
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
    }
}
