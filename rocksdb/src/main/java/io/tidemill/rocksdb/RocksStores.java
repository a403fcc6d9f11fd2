package io.tidemill.rocksdb;

import io.tidemill.engine.state.StateStore;
import io.tidemill.engine.state.StateStoreException;
import io.tidemill.engine.state.StateStores;
import io.tidemill.engine.state.StateView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * State stores in RocksDB, each in a directory of its own. Thread-safe.
 *
 * <p>A directory may be deleted while its pipeline does not run, and should be together with the log's, which it belongs to.
 */
public final class RocksStores implements StateStores {
    /** Beside the log's files, in its directory. */
    public static final String DIRECTORY_DEFAULT = "state";

    private static final int ATTEMPTS_MAX = 10;

    private final Path directory;
    private final RocksOptions options;

    private RocksStores(Path directory, RocksOptions options) {
        this.directory = directory;
        this.options = options;
    }

    /** The directory is made when it is needed. */
    public static RocksStores in(Path directory) {
        return in(directory, RocksOptions.defaults());
    }

    public static RocksStores in(Path directory, RocksOptions options) {
        return new RocksStores(directory, options);
    }

    private Path of(String pipeline) {
        return directory.resolve(pipeline);
    }

    @Override
    public StateStore open(String pipeline) {
        Path path = of(pipeline);
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw new StateStoreException(StateStoreException.Code.IO, path + " cannot be made: " + e.getMessage(), e);
        }
        RocksSettings settings = new RocksSettings(options);
        try {
            return new RocksStore(path, settings, RocksDB.open(settings.options, path.toString()));
        } catch (RocksDBException e) {
            settings.close();
            throw RocksFailure.of("the state store " + path, e);
        }
    }

    @Override
    public void delete(String pipeline) {
        deleteAll(of(pipeline));
    }

    private static void deleteAll(Path root) {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> all = Files.walk(root)) {
            List<Path> paths = all.sorted(Comparator.reverseOrder()).toList();
            for (Path path : paths) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new StateStoreException(
                    StateStoreException.Code.IO, root + " cannot be deleted: " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<StateView> view(String pipeline) {
        Path path = of(pipeline);
        for (int attempt = 1; Files.exists(path.resolve("CURRENT")); attempt++) {
            try {
                return Optional.of(openView(path));
            } catch (StateStoreException e) {
                // Files that were listed a moment ago may be gone: compaction has made others of them.
                if (attempt == ATTEMPTS_MAX || e.code() == StateStoreException.Code.DISK_FULL) {
                    throw e;
                }
            }
        }
        return Optional.empty();
    }

    private StateView openView(Path path) {
        Path logs;
        try {
            logs = Files.createTempDirectory("tidemill-state-view");
        } catch (IOException e) {
            throw new StateStoreException(
                    StateStoreException.Code.IO, "a temporary directory cannot be made: " + e.getMessage(), e);
        }
        RocksSettings settings = new RocksSettings(options);
        try {
            // Files stay open, and so what they hold stays there whatever becomes of their names.
            settings.options.setMaxOpenFiles(-1);
            RocksDB database = RocksDB.openAsSecondary(settings.options, path.toString(), logs.toString());
            return new RocksView(path, settings, database, () -> deleteAll(logs));
        } catch (RocksDBException e) {
            settings.close();
            deleteAll(logs);
            throw RocksFailure.of("the state store " + path, e);
        }
    }
}
