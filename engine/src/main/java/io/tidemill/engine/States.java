package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.process.ListState;
import io.tidemill.api.process.MapState;
import io.tidemill.api.process.ValueState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** State of one key as a user's function sees it, over the entries of which it is made. */
final class States {
    private static final byte[] WHOLE = {};

    private States() {}

    private static <T> byte[] encode(Codec<T> codec, T value) {
        ByteSink sink = new ByteSink(32);
        codec.encode(Objects.requireNonNull(value, "state is not null: clear it instead"), sink);
        return sink.toByteArray();
    }

    private static <T> T decode(Codec<T> codec, byte[] bytes) {
        try {
            return codec.decode(bytes, 0, bytes.length);
        } catch (Exception e) {
            throw new IllegalStateException("state cannot be decoded as " + codec.format(), e);
        }
    }

    private static boolean isEmpty(RowContext context, int slot) {
        return context.entries(slot).values().stream().noneMatch(context::isThere);
    }

    private static void clear(RowContext context, int slot) {
        context.entries(slot).values().forEach(context::remove);
    }

    record OfValue<T>(RowContext context, int slot, Codec<T> codec) implements ValueState<T> {
        @Override
        public @Nullable T value() {
            byte[] bytes = context.get(slot, WHOLE);
            return bytes == null ? null : decode(codec, bytes);
        }

        @Override
        public void update(T value) {
            context.put(slot, WHOLE, encode(codec, value));
        }

        @Override
        public void clear() {
            context.remove(slot, WHOLE);
        }
    }

    /** Its entries are found by the number of the element, in eight bytes. */
    record OfList<T>(RowContext context, int slot, Codec<T> codec) implements ListState<T> {
        @Override
        public List<T> values() {
            List<T> values = new ArrayList<>();
            for (StateEntry entry : context.entries(slot).values()) {
                byte[] bytes = entry.value;
                if (bytes != null && context.isThere(entry)) {
                    values.add(decode(codec, bytes));
                }
            }
            return Collections.unmodifiableList(values);
        }

        @Override
        public void add(T value) {
            byte[] last = context.lastPart(slot);
            long number = last == null ? 0 : new ByteSource(last).readLong() + 1;
            ByteSink part = new ByteSink(16);
            part.writeLong(number);
            context.put(slot, part.toByteArray(), encode(codec, value));
        }

        @Override
        public boolean isEmpty() {
            return States.isEmpty(context, slot);
        }

        @Override
        public void clear() {
            States.clear(context, slot);
        }
    }

    record OfMap<A, B>(RowContext context, int slot, Codec<A> keys, Codec<B> codec) implements MapState<A, B> {
        @Override
        public @Nullable B get(A key) {
            byte[] bytes = context.get(slot, encode(keys, key));
            return bytes == null ? null : decode(codec, bytes);
        }

        @Override
        public void put(A key, B value) {
            context.put(slot, encode(keys, key), encode(codec, value));
        }

        @Override
        public void remove(A key) {
            context.remove(slot, encode(keys, key));
        }

        @Override
        public Map<A, B> entries() {
            Map<A, B> read = new LinkedHashMap<>();
            for (StateEntry entry : context.entries(slot).values()) {
                byte[] bytes = entry.value;
                if (bytes != null && context.isThere(entry)) {
                    read.put(decode(keys, entry.part), decode(codec, bytes));
                }
            }
            return Collections.unmodifiableMap(read);
        }

        @Override
        public boolean isEmpty() {
            return States.isEmpty(context, slot);
        }

        @Override
        public void clear() {
            States.clear(context, slot);
        }
    }
}
