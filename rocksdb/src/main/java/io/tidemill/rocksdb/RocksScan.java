package io.tidemill.rocksdb;

import io.tidemill.engine.state.StateScan;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** An iterator with its bound. */
final class RocksScan implements StateScan {
    private final RocksView view;
    private final Slice end;
    private final ReadOptions reads;
    private final RocksIterator iterator;
    private final byte[] from;
    private boolean begun;

    /** An iterator that is moved beyond its end takes the process with it. */
    private boolean ended;

    RocksScan(RocksView view, byte[] from, byte[] to) {
        this.view = view;
        this.from = from;
        this.end = new Slice(to);
        // A walk is made once: what it reads must not push out of the cache what is read again and again.
        this.reads = new ReadOptions().setIterateUpperBound(end).setFillCache(false);
        this.iterator = view.database.newIterator(reads);
    }

    @Override
    public boolean next() {
        if (ended) {
            return false;
        }
        if (begun) {
            iterator.next();
        } else {
            begun = true;
            iterator.seek(from);
        }
        if (iterator.isValid()) {
            return true;
        }
        ended = true;
        try {
            iterator.status();
            return false;
        } catch (RocksDBException e) {
            throw view.failure(e);
        }
    }

    @Override
    public byte[] key() {
        return iterator.key();
    }

    @Override
    public byte[] value() {
        return iterator.value();
    }

    @Override
    public void close() {
        iterator.close();
        reads.close();
        end.close();
    }
}
