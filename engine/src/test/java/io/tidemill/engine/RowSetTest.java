package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.plan.Row;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RowSetTest {
    private static final int ROWS_MAX = 40;

    @SuppressWarnings("unchecked") // it is given texts
    private static Codec<Object> text() {
        return (Codec<Object>) (Codec<?>) Codec.text();
    }

    /** Joins texts with commas, so that their order shows. */
    private record Concatenation() implements Aggregate<Object, StringBuilder, Object> {
        @Override
        public StringBuilder create() {
            return new StringBuilder();
        }

        @Override
        public StringBuilder add(StringBuilder accumulator, Object value) {
            return accumulator.append(value).append(',');
        }

        @Override
        public StringBuilder merge(StringBuilder left, StringBuilder right) {
            throw new UnsupportedOperationException("it is folded in order");
        }

        @Override
        public Object result(StringBuilder accumulator) {
            return accumulator.toString();
        }

        @Override
        public void write(StringBuilder accumulator, ByteSink sink) {
            throw new UnsupportedOperationException();
        }

        @Override
        public StringBuilder read(ByteSource source) {
            throw new UnsupportedOperationException();
        }
    }

    @SuppressWarnings("unchecked") // its accumulators are its own
    private static RowsAggregate concatenating(int rowsMax) {
        return new RowsAggregate(
                (Aggregate<Object, Object, Object>) (Aggregate<?, ?, ?>) new Concatenation(), text(), rowsMax);
    }

    private static RowChange change(SplittableRandom random, int origins) {
        int number = random.nextInt(origins);
        int revision = random.nextInt(4);
        boolean retracted = random.nextInt(3) == 0;
        String value = "v".repeat(1 + random.nextInt(5)) + number;
        byte[] origin = ("o" + number).getBytes(StandardCharsets.UTF_8);
        return new RowChange(new Row(number % 2, random.nextLong(5), origin, value), revision, retracted);
    }

    private static byte[] bytes(Aggregate<?, RowSet, ?> aggregate, RowSet rows) {
        ByteSink sink = new ByteSink();
        aggregate.write(rows, sink);
        return sink.toByteArray();
    }

    /** Some way to get the same changes into one accumulator. */
    private static RowSet folded(RowsAggregate aggregate, List<RowChange> changes, SplittableRandom random) {
        List<RowSet> parts = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            parts.add(aggregate.create());
        }
        List<RowChange> left = new ArrayList<>(changes);
        for (int i = random.nextInt(5); i > 0 && !changes.isEmpty(); i--) {
            left.add(changes.get(random.nextInt(changes.size())));
        }
        while (!left.isEmpty()) {
            RowChange each = left.remove(random.nextInt(left.size()));
            int part = random.nextInt(parts.size());
            RowSet to = parts.get(part);
            parts.set(part, aggregate.add(to, each));
            if (random.nextInt(4) == 0) {
                parts.set(part, copy(aggregate, parts.get(part)));
            }
        }
        while (parts.size() > 1) {
            RowSet one = parts.remove(random.nextInt(parts.size()));
            int into = random.nextInt(parts.size());
            parts.set(into, aggregate.merge(parts.get(into), one));
            if (random.nextInt(2) == 0) {
                // Merged once more it changes nothing.
                parts.set(into, aggregate.merge(parts.get(into), one));
            }
        }
        return parts.get(0);
    }

    private static RowSet copy(RowsAggregate aggregate, RowSet rows) {
        return aggregate.read(new ByteSource(bytes(aggregate, rows)));
    }

    @Test
    void whatItHoldsDependsOnNothingButTheRows() throws Exception {
        long seed = System.nanoTime();
        System.out.println("rows: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 2_000; round++) {
            RowsAggregate aggregate = concatenating(ROWS_MAX);
            // Sometimes more than are allowed.
            int origins = 1 + random.nextInt(random.nextInt(4) == 0 ? 3 * ROWS_MAX : ROWS_MAX);
            List<RowChange> changes = new ArrayList<>();
            for (int i = random.nextInt(200); i > 0; i--) {
                changes.add(change(random, origins));
            }
            RowSet one = folded(aggregate, changes, random);
            RowSet other = folded(aggregate, changes, random);
            assertThat(bytes(aggregate, one)).isEqualTo(bytes(aggregate, other));
            assertThat(bytes(aggregate, copy(aggregate, one))).isEqualTo(bytes(aggregate, one));
            assertModel(aggregate, one, changes);
        }
    }

    private static void assertModel(RowsAggregate aggregate, RowSet rows, List<RowChange> changes) throws Exception {
        Map<String, RowChange> standing = new TreeMap<>();
        Comparator<RowChange> order = Comparator.comparingInt(RowChange::revision)
                .thenComparing(change -> !change.isRetracted())
                .thenComparing(change -> change.row().timeMillis())
                .thenComparing(change -> change.row().value().toString());
        for (RowChange each : changes) {
            String origin = new String(each.row().origin(), StandardCharsets.UTF_8);
            standing.merge(origin, each, (known, now) -> order.compare(known, now) >= 0 ? known : now);
        }
        if (standing.size() > ROWS_MAX) {
            assertThat(rows.isLost()).isTrue();
            assertThatThrownBy(() -> aggregate.result(rows))
                    .hasMessageContaining("more than 40 rows of one key and window");
            return;
        }
        StringBuilder expected = new StringBuilder();
        standing.values().stream()
                .filter(each -> !each.isRetracted())
                .map(RowChange::row)
                .sorted(Row.ORDER)
                .forEach(row -> expected.append(row.value()).append(','));
        assertThat(aggregate.result(rows)).isEqualTo(expected.toString());
        assertThat(aggregate.isEmpty(rows)).isEqualTo(expected.isEmpty());
    }

    @Test
    void aRetractionMayComeBeforeWhatItTakesBack() throws Exception {
        RowsAggregate aggregate = concatenating(ROWS_MAX);
        Row row = new Row(0, 7, new byte[] {1}, "a");
        RowSet rows = aggregate.add(aggregate.create(), new RowChange(row, 1, true));
        aggregate.add(rows, row);
        assertThat(aggregate.isEmpty(rows)).isTrue();
        aggregate.add(rows, new RowChange(new Row(0, 8, new byte[] {1}, "b"), 1, false));
        assertThat(aggregate.result(rows)).isEqualTo("b,");
    }

    @Test
    void sizesAreJudgedByTheLargestRevision() {
        String large = "x".repeat(KeptRow.VALUE_BYTES_MAX - 1);
        RowsAggregate aggregate = concatenating(ROWS_MAX);
        RowSet largeFirst = aggregate.create();
        RowSet smallFirst = aggregate.create();
        for (int i = 0; i < 7; i++) {
            Row big = new Row(0, 0, new byte[] {(byte) i}, large);
            RowChange small = new RowChange(new Row(0, 0, new byte[] {(byte) i}, "s"), 1, false);
            aggregate.add(aggregate.add(largeFirst, big), small);
            aggregate.add(aggregate.add(smallFirst, small), big);
        }
        assertThat(largeFirst.isLost()).isTrue();
        assertThat(smallFirst.isLost()).isTrue();
        assertThat(bytes(aggregate, largeFirst)).isEqualTo(bytes(aggregate, smallFirst));
    }

    @Test
    void anElementThatIsTooLargeFails() {
        Row row = new Row(0, 0, new byte[] {1}, "x".repeat(KeptRow.VALUE_BYTES_MAX + 1));
        RowsAggregate aggregate = concatenating(ROWS_MAX);
        assertThatThrownBy(() -> aggregate.add(aggregate.create(), row))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not kept");
    }

    @Test
    void theFormatNamesWhatItIsMadeOf() {
        assertThat(concatenating(1).format())
                .isEqualTo("rows(" + Codec.text().format() + ") into " + Concatenation.class.getName());
    }
}
