package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a changelog says of the store beside it.
 *
 * @param store the store's id
 * @param needed whether what has been cut off the changelog is in the store alone
 * @param deferredRecords late records that wait for their window to close
 */
record StoreLink(UUID store, boolean needed, long deferredRecords) {
    private static final int VERSION = 1;
    private static final int FETCH_BYTES = 4 << 20;

    void write(ByteSink sink) {
        sink.write(VERSION);
        sink.writeLong(store.getMostSignificantBits());
        sink.writeLong(store.getLeastSignificantBits());
        sink.write(needed ? 1 : 0);
        sink.writeVarlong(deferredRecords);
    }

    static StoreLink read(ByteSource source) {
        byte version = source.readByte();
        if (version != VERSION) {
            throw new PipelineException("the changelog is linked to a state store by format version " + version
                    + "; this program reads version " + VERSION + ": use the version of Tidemill that wrote it");
        }
        return new StoreLink(
                new UUID(source.readLong(), source.readLong()), source.readByte() != 0, source.readVarlong());
    }

    /** The newest one; null if there is none. */
    static @Nullable StoreLink find(Log log, TopicPartition changelog) {
        StoreLink found = null;
        OffsetRange range = log.offsets(changelog);
        RecordCursor records = new RecordCursor();
        for (long at = range.start(); at < range.end(); at = records.nextOffset()) {
            log.fetch(changelog, at, FETCH_BYTES, records);
            while (records.next()) {
                if (records.array()[records.keyStart()] == StateFormat.STORE) {
                    found = read(new ByteSource(records.array(), records.valueStart(), records.valueLength()));
                }
            }
        }
        return found;
    }
}
