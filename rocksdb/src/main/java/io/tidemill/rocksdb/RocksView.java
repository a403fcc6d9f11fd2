package io.tidemill.rocksdb;

import io.tidemill.engine.state.StateScan;
import io.tidemill.engine.state.StateView;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** A database that is read. */
class RocksView implements StateView {
    final Path path;
    final RocksDB database;
    private final RocksSettings settings;
    private final ReadOptions reads = new ReadOptions();
    private final Runnable afterwards;
    private boolean closed;

    /** @param afterwards what is to be done when it has been closed */
    RocksView(Path path, RocksSettings settings, RocksDB database, Runnable afterwards) {
        this.path = path;
        this.settings = settings;
        this.database = database;
        this.afterwards = afterwards;
    }

    @Override
    public void get(List<byte[]> keys, Found found) {
        if (keys.isEmpty()) {
            return;
        }
        try {
            if (keys.size() == 1) {
                byte[] value = database.get(reads, keys.get(0));
                if (value != null) {
                    found.take(0, value);
                }
                return;
            }
            List<byte[]> values = database.multiGetAsList(reads, keys);
            for (int i = 0; i < values.size(); i++) {
                byte[] value = values.get(i);
                if (value != null) {
                    found.take(i, value);
                }
            }
        } catch (RocksDBException e) {
            throw failure(e);
        }
    }

    @Override
    public StateScan scan(byte[] from, byte[] to) {
        return new RocksScan(this, from, to);
    }

    @Override
    public byte @Nullable [] lastKey(byte[] from, byte[] to) {
        try (Slice begin = new Slice(from);
                Slice end = new Slice(to);
                ReadOptions bounds =
                        new ReadOptions().setIterateLowerBound(begin).setIterateUpperBound(end);
                RocksIterator iterator = database.newIterator(bounds)) {
            iterator.seekToLast();
            if (iterator.isValid()) {
                return iterator.key();
            }
            iterator.status();
            return null;
        } catch (RocksDBException e) {
            throw failure(e);
        }
    }

    RuntimeException failure(RocksDBException e) {
        return RocksFailure.of("the state store " + path, e);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            reads.close();
            database.close();
            settings.close();
            afterwards.run();
        }
    }
}
