package io.tidemill.testkit;

import io.tidemill.engine.state.StateChanges;
import io.tidemill.engine.state.StateScan;
import io.tidemill.engine.state.StateStore;
import io.tidemill.engine.state.StateView;
import io.tidemill.rocksdb.RocksOptions;
import io.tidemill.rocksdb.RocksStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * RocksDB as a process leaves it that dies. A crash makes a copy of the files as they are, which is opened next, before the
 * database gets its chance to write what it holds in memory; most ends of a run in good order do the same, as a store may lose then
 * what it never called durable. What is durable when is decided by the seed: a flush is begun some writes after it
 * was asked for, and waited for.
 */
public final class CrashableRocksStores implements CrashableStores, AutoCloseable {
    private static final RocksOptions SMALL = RocksOptions.defaults()
            .blockCacheBytes(1 << 20)
            .writeBufferBytes(1 << 20)
            .threads(1);
    private static final int DELAY_MAX = 4;
    private static final Duration WAIT_MAX = Duration.ofMinutes(2);

    private final Path root;
    private final SplittableRandom random;
    private final Map<String, Path> directories = new HashMap<>();
    private final Map<String, Open> open = new HashMap<>();
    private int images;

    private CrashableRocksStores(Path root, long seed) {
        this.root = root;
        this.random = Seeds.random(seed, "rocksdb");
    }

    /** In a directory of its own, which is deleted when this is closed. */
    public static CrashableRocksStores in(Path directory, long seed) {
        try {
            return new CrashableRocksStores(Files.createTempDirectory(directory, "rocksdb"), seed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path directory(String pipeline) {
        return directories.computeIfAbsent(pipeline, any -> root.resolve("image0"));
    }

    private RocksStores stores(String pipeline) {
        return RocksStores.in(directory(pipeline), SMALL);
    }

    @Override
    public synchronized StateStore open(String pipeline) {
        Open opened = new Open(pipeline, stores(pipeline).open(pipeline));
        open.put(pipeline, opened);
        return opened;
    }

    @Override
    public synchronized void delete(String pipeline) {
        stores(pipeline).delete(pipeline);
    }

    @Override
    public synchronized Optional<StateView> view(String pipeline) {
        return stores(pipeline).view(pipeline);
    }

    @Override
    public synchronized void crash() {
        List.copyOf(open.values()).forEach(Open::leave);
    }

    @Override
    public synchronized void close() {
        crash();
        delete(root);
    }

    // ---- files ----

    /** What the next process finds. */
    private void takeImage(String pipeline) {
        Path from = directory(pipeline).resolve(pipeline);
        Path next = root.resolve("image" + ++images);
        copyWhenAtRest(from, next.resolve(pipeline));
        directories.put(pipeline, next);
    }

    /** As the files are at one moment: copied again if a compaction has changed any of them meanwhile. */
    private static void copyWhenAtRest(Path from, Path to) {
        long deadline = System.nanoTime() + WAIT_MAX.toNanos();
        while (true) {
            try {
                Map<Path, Long> before = files(from);
                copy(before.keySet(), to);
                if (files(from).equals(before)) {
                    return;
                }
            } catch (IOException | UncheckedIOException e) {
                // A file is gone: what it held has been put elsewhere.
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("the files do not come to rest", e);
                }
            }
            delete(to);
        }
    }

    private static void copy(Iterable<Path> files, Path to) throws IOException {
        Files.createDirectories(to);
        for (Path file : files) {
            Path target = to.resolve(String.valueOf(file.getFileName()));
            if (file.toString().endsWith(".sst")) {
                // Never written to again.
                Files.createLink(target, file);
            } else {
                Files.copy(file, target);
            }
        }
    }

    /** With their sizes; without the lock and what is written for people. */
    private static Map<Path, Long> files(Path directory) throws IOException {
        Map<Path, Long> sizes = new TreeMap<>();
        try (Stream<Path> all = Files.list(directory)) {
            for (Path file : all.toList()) {
                if (!String.valueOf(file.getFileName()).startsWith("LO")) {
                    sizes.put(file, Files.size(file));
                }
            }
        }
        return sizes;
    }

    private static void delete(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- a store ----

    private final class Open implements StateStore {
        private final String pipeline;
        private final StateStore store;
        private long written;

        /** Writes until what was asked for is made durable; -1 if nothing was. */
        private int delay = -1;

        private boolean gone;

        Open(String pipeline, StateStore store) {
            this.pipeline = pipeline;
            this.store = store;
        }

        @Override
        public void write(List<StateChanges> changes, long mark) {
            synchronized (CrashableRocksStores.this) {
                if (gone) {
                    return;
                }
                store.write(changes, mark);
                written = mark;
                if (delay == 0) {
                    harden();
                }
                delay = Math.max(-1, delay - 1);
            }
        }

        @Override
        public void flush() {
            synchronized (CrashableRocksStores.this) {
                if (delay < 0) {
                    delay = random.nextInt(DELAY_MAX);
                }
            }
        }

        private void harden() {
            long deadline = System.nanoTime() + WAIT_MAX.toNanos();
            while (store.durableMark() < written) {
                // Asked again and again: one that comes while another is about to end does nothing.
                store.flush();
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("not durable in time");
                }
                try {
                    TimeUnit.MICROSECONDS.sleep(200);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while a flush was under way", e);
                }
            }
        }

        @Override
        public long durableMark() {
            synchronized (CrashableRocksStores.this) {
                return here().durableMark();
            }
        }

        /** A database that is closed takes the process with it. */
        private StateStore here() {
            if (gone) {
                throw new IllegalStateException("the store was open in a process that has died");
            }
            return store;
        }

        /** Some more may have become durable, without anybody knowing. */
        private void leave() {
            if (gone) {
                return;
            }
            gone = true;
            open.remove(pipeline);
            Path former = directory(pipeline);
            boolean loses = random.nextInt(4) > 0;
            if (loses) {
                takeImage(pipeline);
            }
            store.close();
            if (loses) {
                CrashableRocksStores.delete(former);
            }
        }

        @Override
        public void close() {
            synchronized (CrashableRocksStores.this) {
                leave();
            }
        }

        @Override
        public void get(List<byte[]> keys, Found found) {
            here().get(keys, found);
        }

        @Override
        public StateScan scan(byte[] from, byte[] to) {
            return here().scan(from, to);
        }

        @Override
        public byte @Nullable [] lastKey(byte[] from, byte[] to) {
            return here().lastKey(from, to);
        }
    }
}
