package io.tidemill.cluster;

import io.tidemill.log.LogException;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/**
 * Where partitions begin and end. A step asks for those of all partitions of its source, one after the other: one question
 * to the cluster answers for all that are asked for often. Thread-safe.
 */
final class Ends {
    /** An answer may be this old. Nothing that has gone through this process is ever missing from it. */
    private static final long VALID_NANOS = Duration.ofMillis(2).toNanos();

    /** A partition that was asked for in this time is asked for along with others. */
    private static final long OFTEN_NANOS = Duration.ofMillis(500).toNanos();

    private static final long RETRY_AFTER_NANOS = Duration.ofMillis(1).toNanos();
    private static final int TOGETHER_MAX = 1_000;

    private final Cluster cluster;
    private final Map<TopicPartition, Known> all = new HashMap<>();

    private static final class Known {
        long start;
        long end;
        boolean isFresh;
        long askedAt;
        long knownAt;

        boolean isValid(long now) {
            return isFresh && now - knownAt < VALID_NANOS;
        }
    }

    Ends(Cluster cluster) {
        this.cluster = cluster;
    }

    synchronized OffsetRange of(TopicPartition partition) {
        long now = System.nanoTime();
        Known known = all.computeIfAbsent(partition, p -> new Known());
        known.askedAt = now;
        if (!known.isValid(now)) {
            ask(partition, now);
        }
        return new OffsetRange(known.start, known.end);
    }

    private void ask(TopicPartition partition, long now) {
        TreeSet<TopicPartition> asked = new TreeSet<>();
        for (Map.Entry<TopicPartition, Known> each : all.entrySet()) {
            if (asked.size() < TOGETHER_MAX && now - each.getValue().askedAt < OFTEN_NANOS) {
                asked.add(each.getKey());
            }
        }
        asked.add(partition);
        try {
            learn(cluster.ranges(asked), now);
        } catch (LogException e) {
            if (asked.size() == 1 || e.code() != Code.UNKNOWN_TOPIC) {
                throw e;
            }
            // One of the others is gone.
            all.keySet().retainAll(List.of(partition));
            learn(cluster.ranges(List.of(partition)), now);
        }
    }

    private void learn(Map<TopicPartition, OffsetRange> ranges, long now) {
        ranges.forEach((partition, range) -> {
            Known known = all.computeIfAbsent(partition, p -> new Known());
            known.start = range.start();
            known.end = Math.max(known.end, range.end());
            known.isFresh = true;
            known.knownAt = now;
        });
    }

    /** A reader has got to {@code offset}: the end is not before it. */
    synchronized void reached(TopicPartition partition, long offset) {
        Known known = all.get(partition);
        if (known != null) {
            known.end = Math.max(known.end, offset);
        }
    }

    /** Whatever is asked from now on is answered by the cluster. */
    synchronized void forget() {
        all.clear();
    }

    /** Waits until all of it can be read by everybody. */
    void await(Map<TopicPartition, Long> ends, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        Map<TopicPartition, Long> missing = new HashMap<>(ends);
        while (true) {
            long now = System.nanoTime();
            Map<TopicPartition, OffsetRange> ranges = cluster.ranges(missing.keySet());
            synchronized (this) {
                learn(ranges, now);
            }
            missing.entrySet().removeIf(each -> {
                OffsetRange range = ranges.get(each.getKey());
                return range != null && range.end() >= each.getValue();
            });
            if (missing.isEmpty()) {
                return;
            }
            if (now > deadline) {
                throw new LogException(
                        Code.UNAVAILABLE, "a commit was taken, but did not become visible in " + missing.keySet());
            }
            LockSupport.parkNanos(RETRY_AFTER_NANOS);
        }
    }
}
