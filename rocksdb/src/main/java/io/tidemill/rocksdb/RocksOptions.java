package io.tidemill.rocksdb;

import java.util.ArrayList;
import java.util.List;

/**
 * What RocksDB may take for each pipeline, outside the heap.
 *
 * @param blockCacheBytes of blocks, indexes and filters that were read, 1 MiB or more
 * @param writeBufferBytes of writes that are not in a file yet; up to three times that while files are being written. 1 MiB to
 *     1 GiB
 * @param threads for flushes and compactions, 1 to 64
 */
public record RocksOptions(long blockCacheBytes, long writeBufferBytes, int threads) {
    public RocksOptions {
        List<String> mistakes = new ArrayList<>();
        if (blockCacheBytes < 1 << 20) {
            mistakes.add("blockCacheBytes is 1 MiB or more, not " + blockCacheBytes);
        }
        if (writeBufferBytes < 1 << 20 || writeBufferBytes > 1 << 30) {
            mistakes.add("writeBufferBytes is 1 MiB to 1 GiB, not " + writeBufferBytes);
        }
        if (threads < 1 || threads > 64) {
            mistakes.add("threads is 1 to 64, not " + threads);
        }
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
    }

    /** 128 MiB and three times 64 MiB of memory, two threads. */
    public static RocksOptions defaults() {
        return new RocksOptions(128 << 20, 64 << 20, 2);
    }

    public RocksOptions blockCacheBytes(long value) {
        return new RocksOptions(value, writeBufferBytes, threads);
    }

    public RocksOptions writeBufferBytes(long value) {
        return new RocksOptions(blockCacheBytes, value, threads);
    }

    public RocksOptions threads(int value) {
        return new RocksOptions(blockCacheBytes, writeBufferBytes, value);
    }
}
