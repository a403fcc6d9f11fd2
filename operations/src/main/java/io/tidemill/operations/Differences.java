package io.tidemill.operations;

import io.tidemill.engine.Ledger;
import io.tidemill.log.TopicPartition;
import java.util.List;

/** Between what a ledger counts and what was counted again: a sentence for each. Not thread-safe. */
final class Differences {
    private final List<String> found;

    /** @param found where the sentences go */
    Differences(List<String> found) {
        this.found = found;
    }

    void check(TopicPartition partition, Ledger.Records ledger, Recount.Partition again) {
        check(partition, "records read", ledger.read(), again.read);
        check(partition, "records on time", ledger.onTime(), again.onTime);
        check(partition, "late records", ledger.late(), again.late);
        check(partition, "filtered records", ledger.filtered(), again.filtered);
        check(partition, "dead-lettered records", ledger.deadLettered(), again.deadLettered);
        check(partition, "elements on time", ledger.onTimeElements(), again.onTimeElements);
        check(partition, "late elements", ledger.lateElements(), again.lateElements);
    }

    void check(Object where, String what, long ledger, long recounted) {
        if (ledger != recounted) {
            found.add(where + ": the ledger counts " + ledger + " " + what + ", but there are " + recounted);
        }
    }
}
