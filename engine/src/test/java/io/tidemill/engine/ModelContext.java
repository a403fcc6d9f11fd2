package io.tidemill.engine;

import io.tidemill.api.process.ListState;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.MapState;
import io.tidemill.api.process.MapStateDescriptor;
import io.tidemill.api.process.OutputTag;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.Ttl;
import io.tidemill.api.process.ValueState;
import io.tidemill.api.process.ValueStateDescriptor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The context of one key as plain collections; before each call all of it is copied, so that it can be undone. */
final class ModelContext implements ProcessContext<Object, Object> {
    private record Timed(Object value, long writtenAt) {}

    private final String key;
    TreeSet<Long> timers = new TreeSet<>();
    private Map<String, TreeMap<String, Timed>> states = new TreeMap<>();
    final List<String> results = new ArrayList<>();
    private final List<String> pending = new ArrayList<>();
    private TreeSet<Long> formerTimers = new TreeSet<>();
    private Map<String, TreeMap<String, Timed>> formerStates = new TreeMap<>();
    private long now;
    private boolean inTimer;

    ModelContext(String key) {
        this.key = key;
    }

    void begin(long time, boolean isTimer) {
        now = time;
        inTimer = isTimer;
        formerTimers = new TreeSet<>(timers);
        formerStates = new TreeMap<>();
        states.forEach((name, entries) -> formerStates.put(name, new TreeMap<>(entries)));
        pending.clear();
    }

    void commit() {
        results.addAll(pending);
    }

    void undo() {
        timers = formerTimers;
        states = formerStates;
    }

    @Override
    public Object key() {
        return key;
    }

    @Override
    public Instant time() {
        return Instant.ofEpochMilli(now);
    }

    @Override
    public Instant watermark() {
        throw new UnsupportedOperationException("it depends on the steps");
    }

    @Override
    public Instant processingTime() {
        throw new UnsupportedOperationException("it depends on the clock");
    }

    private TreeMap<String, Timed> entries(String state, @Nullable Ttl ttl) {
        TreeMap<String, Timed> entries = states.computeIfAbsent(state, s -> new TreeMap<>());
        if (ttl != null) {
            entries.values()
                    .removeIf(each -> now - each.writtenAt >= ttl.duration().toMillis());
        }
        return entries;
    }

    @Override
    @SuppressWarnings("unchecked") // what was put in comes out
    public <T> ValueState<T> state(ValueStateDescriptor<T> descriptor) {
        return new ValueState<>() {
            @Override
            public @Nullable T value() {
                Timed timed = entries(descriptor.name(), descriptor.ttl()).get("");
                return timed == null ? null : (T) timed.value;
            }

            @Override
            public void update(T value) {
                entries(descriptor.name(), descriptor.ttl()).put("", new Timed(value, now));
            }

            @Override
            public void clear() {
                entries(descriptor.name(), descriptor.ttl()).clear();
            }
        };
    }

    @Override
    @SuppressWarnings("unchecked") // what was put in comes out
    public <T> ListState<T> state(ListStateDescriptor<T> descriptor) {
        return new ListState<>() {
            private TreeMap<String, Timed> all() {
                return ModelContext.this.entries(descriptor.name(), descriptor.ttl());
            }

            @Override
            public List<T> values() {
                return all().values().stream().map(timed -> (T) timed.value).toList();
            }

            @Override
            public void add(T value) {
                int next = all().isEmpty() ? 0 : Integer.parseInt(all().lastKey()) + 1;
                all().put("%09d".formatted(next), new Timed(value, now));
            }

            @Override
            public boolean isEmpty() {
                return all().isEmpty();
            }

            @Override
            public void clear() {
                all().clear();
            }
        };
    }

    @Override
    @SuppressWarnings("unchecked") // what was put in comes out
    public <A, B> MapState<A, B> state(MapStateDescriptor<A, B> descriptor) {
        return new MapState<>() {
            private TreeMap<String, Timed> all() {
                return ModelContext.this.entries(descriptor.name(), descriptor.ttl());
            }

            @Override
            public @Nullable B get(A of) {
                Timed timed = all().get(of.toString());
                return timed == null ? null : (B) timed.value;
            }

            @Override
            public void put(A of, B value) {
                all().put(of.toString(), new Timed(value, now));
            }

            @Override
            public void remove(A of) {
                all().remove(of.toString());
            }

            @Override
            public Map<A, B> entries() {
                Map<A, B> read = new LinkedHashMap<>();
                all().forEach((of, timed) -> read.put((A) of, (B) timed.value));
                return read;
            }

            @Override
            public boolean isEmpty() {
                return all().isEmpty();
            }

            @Override
            public void clear() {
                all().clear();
            }
        };
    }

    @Override
    public void setEventTimer(Instant time) {
        timers.add(Math.max(time.toEpochMilli(), inTimer ? now + 1 : now));
    }

    @Override
    public void cancelEventTimer(Instant time) {
        timers.remove(time.toEpochMilli());
    }

    @Override
    public void setProcessingTimer(Instant time) {
        throw new UnsupportedOperationException("it depends on the clock");
    }

    @Override
    public void cancelProcessingTimer(Instant time) {
        throw new UnsupportedOperationException("it depends on the clock");
    }

    @Override
    public void collect(Object value) {
        pending.add(value.toString());
    }

    @Override
    public <X> void output(OutputTag<X> tag, X value) {
        pending.add(tag.name() + ":" + value);
    }
}
