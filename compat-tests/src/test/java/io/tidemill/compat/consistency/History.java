package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.Value.TransactionId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What clients were told and what they saw, in the order of time. Thread-safe. */
final class History {
    private static final int EVENTS_MAX = 2_000_000;

    private final long begin = System.nanoTime();
    private final Queue<String> events = new ConcurrentLinkedQueue<>();
    private final AtomicInteger eventCount = new AtomicInteger();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final Map<String, Place> acknowledged = new ConcurrentHashMap<>();
    private final Map<TransactionId, Transaction> transactions = new ConcurrentHashMap<>();
    private final Map<Place, String> seen = new ConcurrentHashMap<>();
    private final Map<String, Map<TopicPartition, Long>> promised = new ConcurrentHashMap<>();

    /** Where a record is. */
    record Place(TopicPartition partition, long offset) {}

    enum Outcome {
        OPEN,
        COMMITTED,
        ABORTED,
        /** Somebody asked for a commit, and was not told what became of it. */
        UNKNOWN
    }

    record Transaction(Outcome outcome, int total) {}

    void event(String what) {
        if (eventCount.incrementAndGet() <= EVENTS_MAX) {
            events.add((System.nanoTime() - begin) / 1_000 + " us "
                    + Thread.currentThread().getName() + ": " + what);
        }
    }

    /** Something is there that must not be, or the other way round. */
    void violation(String what) {
        event("VIOLATION " + what);
        violations.add(what);
    }

    List<String> violations() {
        return List.copyOf(violations);
    }

    // ---- what writers were told

    void acknowledged(String value, Place place) {
        event("acknowledged " + value + " at " + place);
        acknowledged.put(value, place);
    }

    Map<String, Place> acknowledged() {
        return new HashMap<>(acknowledged);
    }

    void begun(TransactionId id, int total) {
        event("begun " + id);
        transactions.put(id, new Transaction(Outcome.OPEN, total));
    }

    void ended(TransactionId id, Outcome outcome) {
        event(outcome + " " + id);
        transactions.computeIfPresent(id, (key, before) -> new Transaction(outcome, before.total));
    }

    Map<TransactionId, Transaction> transactions() {
        return new HashMap<>(transactions);
    }

    @Nullable
    Transaction transaction(TransactionId id) {
        return transactions.get(id);
    }

    // ---- what readers saw

    /** A record never changes and never moves, committed or not. */
    void seen(Place place, String value) {
        String before = seen.putIfAbsent(place, value);
        if (before != null && !before.equals(value)) {
            violation(place + " was " + before + " and is " + value);
        }
    }

    @Nullable
    String at(Place place) {
        return seen.get(place);
    }

    // ---- offsets

    /** A group was told that these offsets are committed. */
    void promised(String group, Map<TopicPartition, OffsetAndMetadata> offsets) {
        event("offsets of " + group + " " + plain(offsets));
        Map<TopicPartition, Long> floor = promised.computeIfAbsent(group, name -> new ConcurrentHashMap<>());
        offsets.forEach((partition, offset) -> floor.merge(partition, offset.offset(), Math::max));
    }

    /** None of the group's offsets may be less. */
    Map<TopicPartition, Long> promised(String group) {
        return new HashMap<>(promised.getOrDefault(group, Map.of()));
    }

    static Map<TopicPartition, Long> plain(Map<TopicPartition, OffsetAndMetadata> offsets) {
        Map<TopicPartition, Long> plain = new HashMap<>();
        offsets.forEach((partition, offset) -> plain.put(partition, offset.offset()));
        return plain;
    }

    // ---- the end

    int eventCount() {
        return eventCount.get();
    }

    /** How much was promised so far. */
    int promiseCount() {
        return acknowledged.size()
                + (int) transactions.values().stream()
                        .filter(each -> each.outcome == Outcome.COMMITTED)
                        .count();
    }

    String summary() {
        Map<Outcome, Integer> outcomes = new HashMap<>();
        transactions.values().forEach(each -> outcomes.merge(each.outcome, 1, Integer::sum));
        return acknowledged.size() + " records acknowledged, transactions " + outcomes + ", " + seen.size()
                + " records seen";
    }

    Path write(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        List<String> lines = new ArrayList<>(violations);
        lines.add("");
        lines.addAll(events);
        return Files.write(file, lines);
    }
}
