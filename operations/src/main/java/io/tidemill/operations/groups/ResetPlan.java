package io.tidemill.operations.groups;

import io.tidemill.log.TopicPartition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a reset would change; nothing is changed yet. */
public record ResetPlan(String group, List<Move> moves) {
    /**
     * @param from null where no offset was committed
     * @param lagBefore null where no offset was committed
     */
    public record Move(
            TopicPartition partition,
            @Nullable Long from,
            long to,
            @Nullable Long lagBefore,
            long lagAfter) {
        /** Records that will be read again (positive) or skipped (negative); 0 where nothing was committed. */
        public long again() {
            return from == null ? 0 : from - to;
        }
    }
}
