package io.tidemill.operations;

import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * The keys and windows that a pipeline's state holds. Open are those that have not closed, are being closed, or were opened
 * again by a slow partition; deferred are those with late elements that wait for the window to close. Of the state, which
 * docs/state-format.md describes, this reads keys only.
 */
final class StatePairs {
    private static final byte ACCUMULATOR = 'A';
    private static final byte DEFERRED = 'D';
    private static final int RETRIES_MAX = 20;

    private final Set<ByteKey> open = new HashSet<>();
    private final Set<ByteKey> deferred = new HashSet<>();

    private StatePairs() {}

    static StatePairs none() {
        return new StatePairs();
    }

    static StatePairs read(Log log, Parts parts) {
        TopicPartition changelog = new TopicPartition(Topics.changelog(parts), 0);
        for (int i = 0; ; i++) {
            try {
                StatePairs pairs = new StatePairs();
                OffsetRange range = log.offsets(changelog);
                new Scan(changelog, range.start(), range.end())
                        .run(log, new Meter((done, total) -> {}), record -> pairs.take(record, parts));
                return pairs;
            } catch (AuditException e) {
                // A running pipeline has cut off the part that is being read, and has written it again behind.
                if (!(e.getCause() instanceof LogException) || i == RETRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    private void take(RecordCursor record, Parts parts) {
        byte[] key = record.key();
        if (key == null || key.length <= Long.BYTES || (key[0] != ACCUMULATOR && key[0] != DEFERRED)) {
            return;
        }
        Set<ByteKey> pairs = key[0] == ACCUMULATOR ? open : deferred;
        ByteKey pair = new ByteKey(identity(key, parts));
        if (record.valueLength() < 0) {
            pairs.remove(pair);
        } else {
            pairs.add(pair);
        }
    }

    /** As a result's key has it: the key first, then start and end of the window. */
    private static byte[] identity(byte[] stateKey, Parts parts) {
        long start = ByteBuffer.wrap(stateKey, 1, Long.BYTES).getLong();
        int keyLength = stateKey.length - 1 - Long.BYTES;
        return Identity.of(stateKey, 1 + Long.BYTES, keyLength, parts.windowOf(start));
    }

    boolean isOpen(byte[] identity) {
        return open.contains(new ByteKey(identity));
    }

    boolean isDeferred(byte[] identity) {
        return deferred.contains(new ByteKey(identity));
    }
}
