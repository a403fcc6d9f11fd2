package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.History.Outcome;
import io.tidemill.compat.consistency.History.Place;
import io.tidemill.compat.consistency.History.Transaction;
import io.tidemill.compat.consistency.Value.TransactionId;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * What a reader can tell of what it is given: the order of each writer, nothing twice, nothing that was aborted, and no part of
 * a transaction without the rest. Not thread-safe.
 */
final class ReadChecks {
    private final String name;
    private final boolean committedOnly;
    private final History history;
    private final Map<String, Value> last = new HashMap<>();
    private final Map<TopicPartition, Transformed> lastTransformed = new HashMap<>();
    private final Map<TransactionId, BitSet> parts = new HashMap<>();
    private final Set<TransactionId> incomplete = new HashSet<>();

    ReadChecks(String name, boolean committedOnly, History history) {
        this.name = name;
        this.committedOnly = committedOnly;
        this.history = history;
    }

    void see(Place place, String text) {
        history.seen(place, text);
        if (!Topics.isOutput(place.partition().topic())) {
            seeValue(place, Value.parse(text));
        } else if (committedOnly) {
            seeTransformed(place.partition(), Transformed.parse(text));
        }
    }

    private void seeTransformed(TopicPartition partition, Transformed value) {
        Transformed before = lastTransformed.put(partition, value);
        if (before != null && before.offset() >= value.offset()) {
            history.violation(partition + " has " + value + " after " + before);
        }
        String source = history.at(new Place(value.source(), value.offset()));
        if (source != null && !source.equals(value.value())) {
            history.violation(partition + " has " + value + ", which was made of " + source);
        }
        if (Value.parse(value.value()).aborts()) {
            history.violation(partition + " has " + value + ", made of what was aborted");
        }
    }

    private void seeValue(Place place, Value value) {
        Value before = last.put(value.writer() + " in " + place.partition(), value);
        if (before != null && !value.isAfter(before)) {
            history.violation(place + " has " + value + " after " + before);
        }
        if (committedOnly && value.isTransactional()) {
            seeTransaction(place, value);
        }
    }

    private void seeTransaction(Place place, Value value) {
        Transaction transaction = history.transaction(value.transaction());
        if (value.aborts() || (transaction != null && transaction.outcome() == Outcome.ABORTED)) {
            history.violation(name + " read " + value + " at " + place + ", which was aborted");
        }
        BitSet seen = parts.computeIfAbsent(value.transaction(), id -> new BitSet());
        seen.set(value.index());
        if (seen.cardinality() == value.total()) {
            incomplete.remove(value.transaction());
        } else {
            incomplete.add(value.transaction());
        }
    }

    /** Transactions of which something was seen, but not yet everything. */
    Set<TransactionId> incomplete() {
        return Set.copyOf(incomplete);
    }

    /** The reader has passed all places where {@code transactions} can be. */
    void requireComplete(Set<TransactionId> transactions) {
        for (TransactionId id : transactions) {
            if (incomplete.contains(id)) {
                history.violation(name + " read only the records " + parts.get(id) + " of " + id);
            }
        }
    }
}
