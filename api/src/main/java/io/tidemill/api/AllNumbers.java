package io.tidemill.api;

import io.tidemill.api.plan.AggregateOfParts;
import io.tidemill.api.plan.PartsChange;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Several aggregates of whole numbers in one array: a single object a key, and none for an element. */
final class AllNumbers<T> implements Aggregate<T, long[], Map<String, Object>>, AggregateOfParts<long[]> {
    /** In the order in which the user gave them. */
    private final List<String> names;

    private final List<String> storedNames;
    private final Numbers<T>[] parts;
    private final int[] places;
    private final int width;
    private final String format;

    /** The same, less compact. */
    private final Aggregates.All<T> plain;

    /** @param parts in the order of {@code storedNames} */
    AllNumbers(
            List<String> names, List<String> storedNames, Numbers<T>[] parts, String format, Aggregates.All<T> plain) {
        this.plain = plain;
        this.names = names;
        this.storedNames = storedNames;
        this.parts = parts;
        this.format = format;
        this.places = new int[parts.length];
        int at = 0;
        for (int i = 0; i < parts.length; i++) {
            places[i] = at;
            at += parts[i].width();
        }
        this.width = at;
    }

    @Override
    public String format() {
        return format;
    }

    @Override
    public long[] create() {
        long[] cells = new long[width];
        for (int i = 0; i < parts.length; i++) {
            parts[i].begin(cells, places[i]);
        }
        return cells;
    }

    @Override
    public long[] add(long[] accumulator, T value) throws Exception {
        if (parts.length == 1) {
            parts[0].fold(accumulator, 0, parts[0].take(value));
            return accumulator;
        }
        if (parts.length == 2) {
            // All are taken before one is folded, so that a failure of the second leaves the first as it was.
            long first = parts[0].take(value);
            long second = parts[1].take(value);
            parts[0].fold(accumulator, 0, first);
            parts[1].fold(accumulator, places[1], second);
            return accumulator;
        }
        long[] taken = new long[parts.length];
        for (int i = 0; i < taken.length; i++) {
            taken[i] = parts[i].take(value);
        }
        for (int i = 0; i < taken.length; i++) {
            parts[i].fold(accumulator, places[i], taken[i]);
        }
        return accumulator;
    }

    @Override
    public long[] merge(long[] left, long[] right) {
        for (int i = 0; i < parts.length; i++) {
            parts[i].merge(left, places[i], right);
        }
        return left;
    }

    @Override
    public Map<String, Object> result(long[] accumulator) throws Exception {
        Map<String, Object> results = new LinkedHashMap<>();
        names.forEach(name -> results.put(name, name));
        for (int i = 0; i < parts.length; i++) {
            results.put(storedNames.get(i), parts[i].answer(accumulator, places[i]));
        }
        return Collections.unmodifiableMap(results);
    }

    @Override
    public void write(long[] accumulator, ByteSink sink) {
        for (int i = 0; i < parts.length; i++) {
            parts[i].write(accumulator, places[i], sink);
        }
    }

    @Override
    public long[] read(ByteSource source) {
        long[] cells = new long[width];
        for (int i = 0; i < parts.length; i++) {
            parts[i].read(cells, places[i], source);
        }
        return cells;
    }

    @Override
    public boolean reads(String olderFormat) {
        return plain.reads(olderFormat);
    }

    @Override
    public long[] read(ByteSource source, String olderFormat) {
        return olderFormat.equals(format) ? read(source) : readParts(source, olderFormat);
    }

    @Override
    public @Nullable PartsChange change(String olderFormat) {
        return plain.change(olderFormat);
    }

    @Override
    public long[] readParts(ByteSource source, String olderFormat) {
        ByteSink sink = new ByteSink();
        plain.write(plain.readParts(source, olderFormat), sink);
        return read(new ByteSource(sink.array(), 0, sink.size()));
    }
}
