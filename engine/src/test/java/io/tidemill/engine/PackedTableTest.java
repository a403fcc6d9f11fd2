package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Window;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedTableTest {
    private static final int OPERATIONS = 30_000;
    private static final int KEYS = 3_000;

    private final Random random = new Random(7);
    private final KeyTable table = new KeyTable(StateFormat.ACCUMULATOR, new Window(0, 10));

    /** What each key has, in the order of writing. */
    private final Map<String, Long> model = new LinkedHashMap<>();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void holdsWhatAMapHolds(boolean ofCells) {
        Aggregate<Object, Object, Object> aggregate = erased(ofCells ? Aggregate.count() : Aggregate.sumDouble(v -> 1));
        PackedTable packed = new PackedTable(table, aggregate);
        Partials partials = new Partials(aggregate, true);
        for (int i = 0; i < OPERATIONS; i++) {
            String name = "key-" + "x".repeat(random.nextInt(3)) + random.nextInt(KEYS);
            // Mostly more, then mostly fewer.
            if (random.nextInt(10) < (i < OPERATIONS / 2 ? 8 : 3)) {
                add(packed, partials, name);
            } else {
                remove(packed, name);
            }
            assertThat(packed.size()).isEqualTo(model.size());
        }
        assertThat(inOrder(packed)).isEqualTo(List.copyOf(model.entrySet()));
        List.copyOf(model.keySet()).forEach(name -> remove(packed, name));
        assertThat(packed.size()).isZero();
        assertThat(packed.rowsEnd()).isZero();
        assertThat(packed.takeDirty()).isEqualTo(-1);
    }

    @Test
    void anEntryComesBackAsItWent() {
        PackedTable packed = new PackedTable(table, erased(Aggregate.count()));
        byte[] key = new byte[RecordProcessor.KEY_BYTES_MAX];
        Entry entry = new Entry(
                StateFormat.ACCUMULATOR,
                key,
                5,
                table.window,
                erased(Aggregate.count()).create());
        entry.count = 7;
        entry.revision = PackedTable.REVISION_MAX;
        entry.isFinal = true;
        assertThat(PackedTable.fits(entry)).isTrue();
        int row = packed.take(entry);
        packed.link(row, 11, 13);
        Entry back = packed.toEntry(row);
        assertThat(back)
                .usingRecursiveComparison()
                .ignoringFields("step", "bytes")
                .isEqualTo(entry);
        assertThat(back.step).isEqualTo(11);
        assertThat(back.bytes).isEqualTo(13);
        assertThat(packed.isDue(row)).isFalse();
    }

    @SuppressWarnings("unchecked") // it is only given the accumulators that it makes itself
    private static Aggregate<Object, Object, Object> erased(Aggregate<?, ?, ?> aggregate) {
        return (Aggregate<Object, Object, Object>) aggregate;
    }

    private static byte[] bytes(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    private static int find(PackedTable packed, String name) {
        byte[] key = bytes(name);
        return packed.find(key, 0, key.length, hash(key));
    }

    /** Few hashes, so that many collide. */
    private static int hash(byte[] key) {
        return Murmur2.hash(key, 0, key.length) & 0x3FF;
    }

    private void add(PackedTable packed, Partials partials, String name) {
        byte[] key = bytes(name);
        partials.clear();
        try {
            partials.add(key, 0, key.length, hash(key), 0, 10, 0, "");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        int row = find(packed, name);
        if (row < 0) {
            packed.add(partials, 0);
        } else {
            packed.merge(row, partials, 0);
        }
        Long before = model.remove(name);
        model.put(name, before == null ? 1 : before + 1);
        int changed = packed.takeDirty();
        assertThat(changed).isEqualTo(find(packed, name));
        if (before != null) {
            packed.unlink(changed);
        }
        packed.link(changed, 1, 1);
    }

    private void remove(PackedTable packed, String name) {
        int row = find(packed, name);
        assertThat(row >= 0).isEqualTo(model.remove(name) != null);
        if (row >= 0) {
            packed.unlink(row);
            packed.free(row);
        }
    }

    private static List<Map.Entry<String, Long>> inOrder(PackedTable packed) {
        List<Map.Entry<String, Long>> all = new ArrayList<>();
        while (packed.oldest() >= 0) {
            int row = packed.oldest();
            Entry entry = packed.toEntry(row);
            all.add(Map.entry(new String(entry.key, StandardCharsets.UTF_8), entry.count));
            packed.unlink(row);
            packed.link(row, 2, 1);
            if (all.size() == packed.size()) {
                return all;
            }
        }
        return all;
    }
}
