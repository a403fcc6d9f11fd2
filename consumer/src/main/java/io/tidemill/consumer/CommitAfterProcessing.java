package io.tidemill.consumer;

import java.time.Duration;

/**
 * At least once. An offset is committed when its record and all before it in the partition are done. A crash loses nothing.
 * It repeats what was done and not committed: records of the last {@code interval} or {@code recordsMax}, and, as records of
 * different keys overtake each other, those done beyond the first unfinished one (bounded by
 * {@link ReliableConsumer#aheadRecordsMax}). A rebalance repeats nothing if the handlers finish within
 * {@link ReliableConsumer#revokeWaitMax}: records before one that was begun are still handled, what is done is committed, and
 * only then the partition goes.
 *
 * <p>Make the effect idempotent, or wrap the handler in an {@link IdempotentSink}.
 *
 * @param interval offsets are committed this often, if there is something to commit
 * @param recordsMax or after so many records
 */
public record CommitAfterProcessing(Duration interval, int recordsMax) implements Delivery<NoOutput> {
    static final CommitAfterProcessing DEFAULT = new CommitAfterProcessing(Duration.ofSeconds(1), 10_000);

    public CommitAfterProcessing {
        Checks.positive(interval, "the commit interval");
        Checks.positive(recordsMax, "the records between commits");
    }

    public CommitAfterProcessing every(Duration interval, int recordsMax) {
        return new CommitAfterProcessing(interval, recordsMax);
    }
}
