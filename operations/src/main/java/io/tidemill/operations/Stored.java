package io.tidemill.operations;

import io.tidemill.engine.PipelineException;
import io.tidemill.engine.StoredEntries;
import io.tidemill.engine.state.StateStoreException;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** State that is in a store and no longer in the changelog. */
final class Stored {
    private Stored() {}

    /**
     * Shows it, to be taken before what the changelog says, nothing where the changelog has all; then tells where that is to
     * be read.
     */
    static Scan before(Log log, Parts parts, @Nullable StateStores stores, Consumer<RecordCursor> reader) {
        return before(log, parts.name(), stores, reader);
    }

    /** @param pipeline its name */
    static Scan before(Log log, String pipeline, @Nullable StateStores stores, Consumer<RecordCursor> reader) {
        try {
            long beginsAtMost = StoredEntries.<RuntimeException>read(log, pipeline, stores, reader::accept);
            TopicPartition changelog = new TopicPartition(pipeline + ".changelog", 0);
            OffsetRange range = log.offsets(changelog);
            if (range.start() > beginsAtMost) {
                throw new LogException(
                        LogException.Code.OFFSET_OUT_OF_RANGE, changelog + " was cut off while its store was read");
            }
            return new Scan(changelog, range.start(), range.end());
        } catch (PipelineException | StateStoreException e) {
            throw new AuditException(String.valueOf(e.getMessage()), e);
        } catch (LogException e) {
            // As a changelog that is cut off while it is read.
            throw new AuditException(String.valueOf(e.getMessage()), e);
        }
    }
}
