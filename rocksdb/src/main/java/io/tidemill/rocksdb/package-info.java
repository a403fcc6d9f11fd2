/** State stores in RocksDB: a directory for each pipeline, beside the log and never instead of it. */
@NullMarked
package io.tidemill.rocksdb;

import org.jspecify.annotations.NullMarked;
