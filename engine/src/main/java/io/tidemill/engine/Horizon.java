package io.tidemill.engine;

import java.util.Arrays;

/**
 * Up to where what comes by time is in memory; the rest is in a store alone. Many keys may have their timers at one time, so it
 * may lie within a millisecond, between two keys. Immutable.
 *
 * @param timeMillis what comes before it is in memory
 * @param order what comes at that time is, too, for keys whose {@link Murmur2#order} is less, unsigned
 */
record Horizon(long timeMillis, int order) implements Comparable<Horizon> {
    static final Horizon START = new Horizon(Long.MIN_VALUE, 0);

    /** All is in memory. */
    static final Horizon END = new Horizon(Long.MAX_VALUE, 0);

    static Horizon at(long timeMillis, int hash) {
        return new Horizon(timeMillis, Murmur2.order(hash));
    }

    /** The time from which on what comes of a key with that hash is not in memory. */
    long limitOf(int hash) {
        boolean isBefore = Integer.compareUnsigned(Murmur2.order(hash), order) < 0;
        return isBefore && timeMillis != Long.MAX_VALUE && timeMillis != Long.MIN_VALUE ? timeMillis + 1 : timeMillis;
    }

    boolean isEnd() {
        return timeMillis == Long.MAX_VALUE;
    }

    @Override
    public int compareTo(Horizon other) {
        int byTime = Long.compare(timeMillis, other.timeMillis);
        return byTime != 0 ? byTime : Integer.compareUnsigned(order, other.order);
    }

    /** The place up to which {@code costs} are not more than {@code most}, but for what comes first. */
    static Horizon within(long most, Cost[] costs) {
        Arrays.sort(costs, (one, other) -> one.at.compareTo(other.at));
        long sum = 0;
        for (int i = 0; i < costs.length; i++) {
            sum += costs[i].bytes;
            boolean isNew = i > 0 && costs[i].at.compareTo(costs[i - 1].at) != 0;
            if (sum > most && isNew) {
                return costs[i].at;
            }
        }
        return END;
    }

    /** What something takes in memory that comes at a place. */
    record Cost(Horizon at, long bytes) {}
}
