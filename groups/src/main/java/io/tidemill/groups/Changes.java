package io.tidemill.groups;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one decision makes durable at once: states of groups and members, null for those that end, and journal entries. */
final class Changes {
    private final Map<RecordKey, @Nullable GroupRecord> records = new LinkedHashMap<>();
    private final List<Rebalance> rebalances = new ArrayList<>();

    Changes put(String groupId, GroupRecord header) {
        records.put(new RecordKey(groupId, null), header);
        return this;
    }

    Changes put(String groupId, String memberId, @Nullable GroupRecord member) {
        records.put(new RecordKey(groupId, memberId), member);
        return this;
    }

    Changes end(String groupId) {
        records.put(new RecordKey(groupId, null), null);
        return this;
    }

    Changes journal(@Nullable Rebalance rebalance) {
        if (rebalance != null) {
            rebalances.add(rebalance.bounded());
        }
        return this;
    }

    Map<RecordKey, @Nullable GroupRecord> records() {
        return records;
    }

    List<Rebalance> rebalances() {
        return rebalances;
    }

    boolean isEmpty() {
        return records.isEmpty() && rebalances.isEmpty();
    }
}
