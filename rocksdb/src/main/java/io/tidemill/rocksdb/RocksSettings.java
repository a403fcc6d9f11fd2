package io.tidemill.rocksdb;

import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

/** How a database is opened; native memory, to be given back. */
final class RocksSettings implements AutoCloseable {
    static {
        RocksDB.loadLibrary();
    }

    private static final int BLOCK_BYTES = 16 << 10;
    private static final int BLOOM_BITS = 10;
    private static final int WRITE_BUFFERS = 3;
    private static final int LOGS_KEPT = 2;
    private static final long LOG_BYTES_MAX = 1 << 20;

    final Options options = new Options();
    private final LRUCache cache;
    private final BloomFilter filter = new BloomFilter(BLOOM_BITS, false);

    RocksSettings(RocksOptions from) {
        cache = new LRUCache(from.blockCacheBytes());
        options.setCreateIfMissing(true)
                .setWriteBufferSize(from.writeBufferBytes())
                .setMaxWriteBufferNumber(WRITE_BUFFERS)
                .setMaxBackgroundJobs(from.threads())
                .setLevelCompactionDynamicLevelBytes(true)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                // The disk is given work all along, instead of much of it at the end of a file.
                .setBytesPerSync(1 << 20)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setKeepLogFileNum(LOGS_KEPT)
                .setMaxLogFileSize(LOG_BYTES_MAX)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockSize(BLOCK_BYTES)
                        .setBlockCache(cache)
                        .setFilterPolicy(filter)
                        // Else indexes and filters grow with the state, outside of any bound.
                        .setCacheIndexAndFilterBlocks(true)
                        .setPinL0FilterAndIndexBlocksInCache(true)
                        .setIndexType(IndexType.kTwoLevelIndexSearch)
                        .setPartitionFilters(true)
                        .setPinTopLevelIndexAndFilter(true));
    }

    @Override
    public void close() {
        options.close();
        filter.close();
        cache.close();
    }
}
