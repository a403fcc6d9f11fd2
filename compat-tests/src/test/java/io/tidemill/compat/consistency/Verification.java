package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.History.Outcome;
import io.tidemill.compat.consistency.History.Place;
import io.tidemill.compat.consistency.History.Transaction;
import io.tidemill.compat.consistency.Value.TransactionId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads all that is there, and compares it with what was promised before. */
final class Verification {
    private final History history;
    private final Contents contents;

    Verification(History history, Contents contents) {
        this.history = history;
        this.contents = contents;
    }

    /** All that there is now. */
    @FunctionalInterface
    interface Contents {
        Map<Place, String> read(boolean committedOnly) throws Exception;
    }

    /** While clients go on. */
    void afterRestart() throws Exception {
        Map<String, Place> acknowledged = history.acknowledged();
        Map<TransactionId, Transaction> transactions = history.transactions();
        requirePromised(places(read(false)), acknowledged, transactions);
    }

    /** When all clients have ended. */
    void atTheEnd(List<String> groups) throws Exception {
        Map<Place, String> committed = read(true);
        Map<String, Place> places = places(committed);
        requirePromised(places, history.acknowledged(), history.transactions());
        requireAllOrNothing(places, history.transactions());
        groups.forEach(group -> requireTransformed(group, committed));
    }

    private Map<Place, String> read(boolean committedOnly) throws Exception {
        Map<Place, String> all = contents.read(committedOnly);
        all.forEach(history::seen);
        return all;
    }

    private Map<String, Place> places(Map<Place, String> records) {
        Map<String, Place> places = new HashMap<>();
        records.forEach((place, value) -> {
            Place other = Topics.isOutput(place.partition().topic()) ? null : places.put(value, place);
            if (other != null) {
                history.violation(value + " is at " + other + " and again at " + place);
            }
        });
        return places;
    }

    private void requirePromised(
            Map<String, Place> places, Map<String, Place> acknowledged, Map<TransactionId, Transaction> transactions) {
        acknowledged.forEach((value, place) -> {
            if (!place.equals(places.get(value))) {
                history.violation(value + " was acknowledged at " + place + " and is at " + places.get(value));
            }
        });
        Map<TransactionId, Integer> counts = counts(places.keySet());
        transactions.forEach((id, transaction) -> {
            if (transaction.outcome() == Outcome.COMMITTED && counts.getOrDefault(id, 0) != transaction.total()) {
                history.violation(id + " was committed, and " + counts.get(id) + " of " + transaction.total()
                        + " records are there");
            }
        });
    }

    private static Map<TransactionId, Integer> counts(Set<String> values) {
        Map<TransactionId, Integer> counts = new HashMap<>();
        for (String text : values) {
            Value value = Value.parse(text);
            if (value.isTransactional()) {
                counts.merge(value.transaction(), 1, Integer::sum);
            }
        }
        return counts;
    }

    private void requireAllOrNothing(Map<String, Place> places, Map<TransactionId, Transaction> transactions) {
        counts(places.keySet()).forEach((id, count) -> {
            Transaction transaction = transactions.get(id);
            if (transaction == null || transaction.outcome() == Outcome.ABORTED) {
                history.violation(id + " was aborted, and " + count + " of its records are there");
            } else if (count != transaction.total()) {
                history.violation(id + " is there with " + count + " of " + transaction.total() + " records");
            }
        });
    }

    /** Each record of the sources was made into exactly one. */
    private void requireTransformed(String group, Map<Place, String> committed) {
        Set<String> expected = new HashSet<>();
        committed.forEach((place, value) -> {
            if (!Topics.isOutput(place.partition().topic())) {
                expected.add(new Transformed(place.partition(), place.offset(), value).text());
            }
        });
        Set<String> found = new HashSet<>();
        committed.forEach((place, value) -> {
            if (place.partition().topic().equals(Topics.OUT + group) && !found.add(value)) {
                history.violation(group + " made " + value + " twice, the second at " + place);
            }
        });
        tellDifference(group + " never made ", expected, found);
        tellDifference(group + " made of nothing ", found, expected);
    }

    private void tellDifference(String what, Set<String> all, Set<String> without) {
        List<String> left = all.stream().filter(each -> !without.contains(each)).toList();
        if (!left.isEmpty()) {
            history.violation(what + left.size() + " records, among them " + left.get(0));
        }
    }
}
