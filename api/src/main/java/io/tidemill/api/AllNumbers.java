package io.tidemill.api;

import io.tidemill.api.plan.AggregateOfParts;
import io.tidemill.api.plan.CellAggregate;
import io.tidemill.api.plan.PartsChange;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Several aggregates of whole numbers in one array: a single object a key, and none for an element. */
final class AllNumbers<T>
        implements Aggregate<T, long[], Map<String, Object>>, AggregateOfParts<long[]>, CellAggregate<T, long[]> {
    /** In the order in which the user gave them. */
    private final List<String> names;

    private final List<String> storedNames;
    private final Numbers<T, ?>[] parts;
    private final int[] places;
    private final int width;
    private final String format;

    /** The same, less compact. */
    private final Aggregates.All<T> plain;

    /** @param parts in the order of {@code storedNames} */
    AllNumbers(
            List<String> names,
            List<String> storedNames,
            Numbers<T, ?>[] parts,
            String format,
            Aggregates.All<T> plain) {
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
    public int width() {
        return width;
    }

    @Override
    public void begin(long[] cells, int at) {
        for (int i = 0; i < parts.length; i++) {
            parts[i].begin(cells, at + places[i]);
        }
    }

    @Override
    public long[] create() {
        long[] cells = new long[width];
        begin(cells, 0);
        return cells;
    }

    @Override
    public long[] add(long[] accumulator, T value) throws Exception {
        add(accumulator, 0, value, new long[parts.length]);
        return accumulator;
    }

    @Override
    public void add(long[] cells, int at, T value, long[] room) throws Exception {
        if (parts.length == 1) {
            parts[0].fold(cells, at, parts[0].take(value));
        } else if (parts.length == 2) {
            // All are taken before one is folded, so that a failure of the second leaves the first as it was.
            long first = parts[0].take(value);
            long second = parts[1].take(value);
            parts[0].fold(cells, at, first);
            parts[1].fold(cells, at + places[1], second);
        } else {
            for (int i = 0; i < parts.length; i++) {
                room[i] = parts[i].take(value);
            }
            for (int i = 0; i < parts.length; i++) {
                parts[i].fold(cells, at + places[i], room[i]);
            }
        }
    }

    @Override
    public long[] merge(long[] left, long[] right) {
        merge(left, 0, right, 0);
        return left;
    }

    @Override
    public void merge(long[] left, int leftAt, long[] right, int rightAt) {
        for (int i = 0; i < parts.length; i++) {
            parts[i].merge(left, leftAt + places[i], right, rightAt + places[i]);
        }
    }

    @Override
    public long[] toAccumulator(long[] cells, int at) {
        return Arrays.copyOfRange(cells, at, at + width);
    }

    @Override
    public void toCells(long[] accumulator, long[] cells, int at) {
        System.arraycopy(accumulator, 0, cells, at, width);
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
        write(accumulator, 0, sink);
    }

    @Override
    public void write(long[] cells, int at, ByteSink sink) {
        for (int i = 0; i < parts.length; i++) {
            parts[i].write(cells, at + places[i], sink);
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
