package io.tidemill.operations;

import java.util.Arrays;

/**
 * How far partitions have come, as a pipeline that had always kept up would have seen it. A partition that has ended, or
 * that nothing came to for the idle timeout, does not hold the others back. Not thread-safe.
 */
final class Frontier {
    private final long[] newest;
    private final long[] lastArrival;
    private final boolean[] ended;
    private final long idleAfterMillis;
    private long slowest = Elements.NO_TIME;
    private long fastest = Elements.NO_TIME;
    private long checkAt = Long.MIN_VALUE;
    private boolean started;

    Frontier(int partitions, long idleAfterMillis) {
        this.newest = new long[partitions];
        Arrays.fill(newest, Elements.NO_TIME);
        this.lastArrival = new long[partitions];
        this.ended = new boolean[partitions];
        this.idleAfterMillis = idleAfterMillis;
    }

    /** The newest event time of the partition that is least far; {@link Elements#NO_TIME} while one has none. */
    long slowest() {
        return slowest;
    }

    /** The newest event time of all. */
    long fastest() {
        return fastest;
    }

    void take(int partition, long newestMillis, long arrivalMillis) {
        if (!started) {
            started = true;
            Arrays.fill(lastArrival, arrivalMillis);
        }
        boolean wasIdle = isIdle(partition, arrivalMillis);
        lastArrival[partition] = Math.max(lastArrival[partition], arrivalMillis);
        long before = newest[partition];
        newest[partition] = Math.max(before, newestMillis);
        fastest = Math.max(fastest, newestMillis);
        if (wasIdle || (before <= slowest && newest[partition] > before) || arrivalMillis >= checkAt) {
            checkAt = arrivalMillis + Math.max(1, idleAfterMillis / 10);
            look(arrivalMillis);
        }
    }

    void ended(int partition) {
        ended[partition] = true;
        look(Long.MIN_VALUE);
    }

    private boolean isIdle(int partition, long now) {
        return now - idleAfterMillis > lastArrival[partition];
    }

    private void look(long now) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < newest.length; i++) {
            if (!ended[i] && (now == Long.MIN_VALUE || !isIdle(i, now))) {
                least = Math.min(least, newest[i]);
            }
        }
        // The watermark never goes back.
        slowest = least == Long.MAX_VALUE ? slowest : Math.max(slowest, least);
    }
}
