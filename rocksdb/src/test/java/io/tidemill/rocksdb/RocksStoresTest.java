package io.tidemill.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.ByteSink;
import io.tidemill.engine.state.StateChanges;
import io.tidemill.engine.state.StateScan;
import io.tidemill.engine.state.StateStore;
import io.tidemill.engine.state.StateStoreException;
import io.tidemill.engine.state.StateView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of {@link StateStore}, kept by RocksDB. */
final class RocksStoresTest {
    private static final RocksOptions SMALL =
            RocksOptions.defaults().blockCacheBytes(1 << 20).writeBufferBytes(1 << 20);

    @TempDir
    Path directory;

    private final StateChanges changes = new StateChanges();

    private RocksStores stores() {
        return RocksStores.in(directory, SMALL);
    }

    private static ByteSink sink(byte[] bytes) {
        ByteSink sink = new ByteSink();
        sink.write(bytes);
        return sink;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void put(StateStore store, long mark, String... keysAndValues) {
        for (int i = 0; i < keysAndValues.length; i += 2) {
            changes.put(sink(bytes(keysAndValues[i])), sink(bytes(keysAndValues[i + 1])));
        }
        store.write(List.of(changes), mark);
        changes.clear();
    }

    private static String get(StateView store, String key) {
        List<String> found = new ArrayList<>();
        store.get(List.of(bytes(key)), (i, value) -> found.add(new String(value, StandardCharsets.UTF_8)));
        return String.join(",", found);
    }

    private static List<String> scan(StateView store, String from, String to) {
        List<String> found = new ArrayList<>();
        try (StateScan scan = store.scan(bytes(from), bytes(to))) {
            while (scan.next()) {
                found.add(new String(scan.key(), StandardCharsets.UTF_8) + "="
                        + new String(scan.value(), StandardCharsets.UTF_8));
            }
            assertThat(scan.next()).isFalse();
        }
        return found;
    }

    private static void awaitDurable(StateStore store, long mark) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (store.durableMark() < mark) {
            assertThat(System.nanoTime()).as("durable in time").isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    void holdsWhatWasWritten() {
        try (StateStore store = stores().open("one")) {
            put(store, 1, "a", "1", "b", "2", "c", "3");
            assertThat(get(store, "b")).isEqualTo("2");
            assertThat(get(store, "x")).isEmpty();
            assertThat(scan(store, "a", "c")).containsExactly("a=1", "b=2");
            assertThat(scan(store, "c", "a")).isEmpty();
            List<String> found = new ArrayList<>();
            store.get(
                    List.of(bytes("c"), bytes("x"), bytes("a")),
                    (i, value) -> found.add(i + new String(value, StandardCharsets.UTF_8)));
            store.get(List.of(), (i, value) -> found.add("nothing was asked for"));
            assertThat(found).containsExactly("03", "21");
            store.write(List.of(), 1);
            changes.delete(sink(bytes("b")));
            put(store, 2, "b2", "4");
            assertThat(scan(store, "a", "z")).containsExactly("a=1", "b2=4", "c=3");
        }
    }

    @Test
    void agreesWithAMapWhateverTheSizes() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        for (int run = 0; run < 3; run++) {
            try (StateStore store = stores().open("one")) {
                for (int i = 0; i < 50; i++) {
                    List<StateChanges> lanes = List.of(new StateChanges(), new StateChanges());
                    for (int j = random.nextInt(300); j > 0; j--) {
                        byte[] key = random(random, 1 + random.nextInt(random.nextInt(20) == 0 ? 300 : 3));
                        StateChanges into = lanes.get(key[0] & 1);
                        if (random.nextInt(3) == 0) {
                            into.delete(sink(key));
                            model.remove(key);
                        } else {
                            byte[] value = random(random, random.nextInt(random.nextInt(50) == 0 ? 40_000 : 200));
                            into.put(sink(key), sink(value));
                            model.put(key, value);
                        }
                    }
                    store.write(lanes, run * 100L + i);
                    if (random.nextInt(10) == 0) {
                        store.flush();
                    }
                }
                byte[] from = random(random, 1);
                Map<byte[], byte[]> expected = model.tailMap(from);
                List<byte[]> found = new ArrayList<>();
                try (StateScan scan = store.scan(from, new byte[] {-1, -1, -1, -1, -1})) {
                    while (scan.next()) {
                        found.add(scan.key());
                        assertThat(scan.value()).as("seed " + seed).isEqualTo(model.get(scan.key()));
                    }
                }
                assertThat(found.size()).as("seed " + seed).isEqualTo(expected.size());
                byte[] to = random(random, 1 + random.nextInt(3));
                byte[] last = model.lowerKey(to);
                boolean isThere = last != null && Arrays.compareUnsigned(last, from) >= 0;
                assertThat(store.lastKey(from, to)).as("seed " + seed).isEqualTo(isThere ? last : null);
            }
        }
    }

    private static byte[] random(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void saysWhatIsDurable() throws Exception {
        try (StateStore store = stores().open("one")) {
            assertThat(store.durableMark()).isEqualTo(StateStore.NONE);
            put(store, 7, "a", "1");
            store.flush();
            awaitDurable(store, 7);
            put(store, 8, "a", "2");
            assertThat(store.durableMark()).isEqualTo(7);
            assertThat(stores().view("one")).hasValueSatisfying(view -> {
                try (view) {
                    assertThat(get(view, "a")).isEqualTo("1");
                }
            });
        }
        assertThat(stores().view("two")).isEmpty();
    }

    /** As a copy of the directory shows it, which has what a killed process leaves. */
    @Test
    void whatIsFoundIsAPrefix() throws Exception {
        try (StateStore store = stores().open("one")) {
            for (int i = 1; i <= 200; i++) {
                put(store, i, "x", "" + i, "y" + i % 7, "" + i, "z", "" + i);
                if (i % 50 == 0) {
                    store.flush();
                    awaitDurable(store, i);
                }
            }
            put(store, 201, "x", "201", "z", "201");
            try (StateStore found = stores().open(copy(directory.resolve("one")))) {
                assertThat(get(found, "x")).isEqualTo("200").isEqualTo(get(found, "z"));
            }
        }
    }

    /** Its name. Compaction goes on beside it: what has changed on the way is copied again. */
    private String copy(Path from) throws IOException {
        for (int i = 0; i < 100; i++) {
            String name = "copy-" + i;
            List<Path> before = files(from);
            try {
                for (Path file : before) {
                    if (!file.endsWith("LOCK")) {
                        Files.copy(
                                file,
                                directory
                                        .resolve(name)
                                        .resolve(from.relativize(file).toString()));
                    }
                }
            } catch (NoSuchFileException e) {
                continue;
            }
            // None are listed when some went while they were.
            if (!before.isEmpty() && files(from).equals(before)) {
                return name;
            }
        }
        throw new AssertionError("the files do not come to rest");
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.sorted().toList();
        } catch (UncheckedIOException e) {
            return List.of();
        }
    }

    @Test
    void isOpenedOnce() {
        try (StateStore store = stores().open("one")) {
            put(store, 1, "a", "1");
            assertThatThrownBy(() -> stores().open("one"))
                    .isInstanceOfSatisfying(
                            StateStoreException.class,
                            e -> assertThat(e.code()).isEqualTo(StateStoreException.Code.IN_USE));
            stores().open("two").close();
        }
    }

    @Test
    void isClosedTwiceWithoutHarm() {
        StateStore store = stores().open("one");
        store.flush();
        store.close();
        store.close();
    }

    @Test
    void damageIsTold() throws Exception {
        try (StateStore store = stores().open("one")) {
            put(store, 1, "a", "1");
            store.flush();
            awaitDurable(store, 1);
        }
        List<Path> tables;
        try (Stream<Path> files = Files.walk(directory)) {
            tables = files.filter(file -> file.toString().endsWith(".sst")).toList();
        }
        assertThat(tables).isNotEmpty();
        for (Path table : tables) {
            Files.delete(table);
        }
        assertThatThrownBy(() -> stores().open("one"))
                .isInstanceOfSatisfying(
                        StateStoreException.class,
                        e -> assertThat(e.code()).isEqualTo(StateStoreException.Code.DAMAGED));
        stores().delete("one");
        try (StateStore store = stores().open("one")) {
            assertThat(get(store, "a")).isEmpty();
        }
    }

    @Test
    void mistakesAreToldTogether() {
        assertThatThrownBy(() -> new RocksOptions(0, 1, 0))
                .hasMessage("blockCacheBytes is 1 MiB or more, not 0; writeBufferBytes is 1 MiB to 1 GiB, not 1;"
                        + " threads is 1 to 64, not 0");
        assertThat(RocksOptions.defaults()).isEqualTo(new RocksOptions(128 << 20, 64 << 20, 2));
    }
}
