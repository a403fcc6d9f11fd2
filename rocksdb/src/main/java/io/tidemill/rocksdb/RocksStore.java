package io.tidemill.rocksdb;

import io.tidemill.engine.state.StateChanges;
import io.tidemill.engine.state.StateStore;
import io.tidemill.engine.state.StateStoreException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * A database that is written without RocksDB's own log: what it loses is in the changelog. All is in one column family, whose
 * memory is written to files in the order of the writes, and each write goes into one piece of memory: so what is found after
 * a crash is a prefix of the writes.
 */
final class RocksStore extends RocksView implements StateStore {
    private final WriteOptions writes = new WriteOptions().setDisableWAL(true);
    private final BatchBytes batch = new BatchBytes();
    private final ExecutorService flusher;
    private long written;
    private volatile long durable = NONE;
    private volatile boolean flushing;
    private volatile @Nullable StateStoreException failure;
    private boolean closing;

    RocksStore(Path path, RocksSettings settings, RocksDB database) {
        super(path, settings, database, () -> {});
        flusher = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "tidemill-state-" + path.getFileName());
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public void write(List<StateChanges> changes, long mark) {
        if (closing) {
            throw new IllegalStateException("the state store " + path + " is closed");
        }
        try (WriteBatch built = new WriteBatch(batch.of(changes))) {
            database.write(writes, built);
        } catch (RocksDBException e) {
            throw failure(e);
        }
        written = mark;
    }

    @Override
    public void flush() {
        if (!flushing) {
            flushing = true;
            long mark = written;
            flusher.execute(() -> flush(mark));
        }
    }

    private void flush(long mark) {
        try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
            database.flush(options);
            durable = mark;
        } catch (RocksDBException e) {
            failure = RocksFailure.of("the state store " + path, e);
        } finally {
            flushing = false;
        }
    }

    @Override
    public long durableMark() {
        StateStoreException failed = failure;
        if (failed != null) {
            throw new StateStoreException(failed.code(), String.valueOf(failed.getMessage()), failed);
        }
        return durable;
    }

    @Override
    public void close() {
        if (closing) {
            return;
        }
        closing = true;
        flusher.shutdown();
        boolean interrupted = false;
        while (true) {
            try {
                if (flusher.awaitTermination(1, TimeUnit.MINUTES)) {
                    break;
                }
            } catch (InterruptedException e) {
                // The database must not be closed while it is written to.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        super.close();
        writes.close();
    }
}
