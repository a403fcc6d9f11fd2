package io.tidemill.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is the same in many records that one program wrote: all that is between their values. Immutable. */
final class Layout {
    private static final int VALUES_MAX = 100;
    private static final int BYTES_MAX = 4_000;

    /** For each value: its component, or how many components there are where it belongs to none. */
    final int[] components;

    /** The components that have no value. */
    final int[] absent;

    /** What is before each value, and after the last: each filled up to whole words. */
    private final long[][] words;

    private final int[] lengths;
    private final long[] lastMasks;

    private Layout(int componentCount, List<Integer> components, List<byte[]> between) {
        this.components = components.stream().mapToInt(Integer::intValue).toArray();
        this.absent = java.util.stream.IntStream.range(0, componentCount)
                .filter(component -> !components.contains(component))
                .toArray();
        this.lengths = between.stream().mapToInt(bytes -> bytes.length).toArray();
        this.words = between.stream().map(Layout::words).toArray(long[][]::new);
        this.lastMasks = Arrays.stream(lengths)
                .mapToLong(length -> -1L >>> ((-length & (Long.BYTES - 1)) * Byte.SIZE))
                .toArray();
    }

    private static long[] words(byte[] bytes) {
        long[] words = new long[(bytes.length + Long.BYTES - 1) / Long.BYTES];
        Arrays.setAll(words, i -> Words.at(bytes, i * Long.BYTES));
        return words;
    }

    /** Where the value with this index starts, or the record ends; -1 if something else is at {@code at}. */
    int skipTo(int index, byte[] bytes, int at) {
        long[] expected = words[index];
        int last = expected.length - 1;
        int next = at;
        for (int i = 0; i < last; i++) {
            if (Words.at(bytes, next) != expected[i]) {
                return -1;
            }
            next += Long.BYTES;
        }
        boolean same = ((Words.at(bytes, next) ^ expected[last]) & lastMasks[index]) == 0;
        return same ? at + lengths[index] : -1;
    }

    /** The layout of a record that was found to be right; null if it is not a flat one. */
    static @Nullable Layout of(byte[] record, Map<String, Integer> components) throws IOException {
        try (JsonParser parser = Jackson.STREAMING.createParser(record)) {
            List<Integer> values = new ArrayList<>();
            List<byte[]> between = new ArrayList<>();
            int end = 0;
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                values.add(components.getOrDefault(parser.currentName(), components.size()));
                if (!parser.nextToken().isScalarValue() || values.size() > VALUES_MAX) {
                    return null;
                }
                int start = (int) parser.currentTokenLocation().getByteOffset();
                between.add(Arrays.copyOfRange(record, end, start));
                parser.finishToken();
                end = (int) parser.currentLocation().getByteOffset();
            }
            between.add(Arrays.copyOfRange(record, end, record.length));
            int bytes = between.stream().mapToInt(part -> part.length).sum();
            return bytes > BYTES_MAX ? null : new Layout(components.size(), values, between);
        }
    }
}
