package io.tidemill.kafka;

/** Since when something that is due has not moved. */
final class ProgressWatch {
    private static final long NOTHING_DUE = Long.MIN_VALUE;

    private long seen = NOTHING_DUE;
    private long sinceNanos;

    /** Nothing is due. */
    void rest() {
        seen = NOTHING_DUE;
    }

    /**
     * How long {@code amount} has been the same, in nanoseconds.
     *
     * @param amount what has been done of what is due, 0 or more
     */
    long standstillNanos(long amount, long nowNanos) {
        if (amount != seen) {
            seen = amount;
            sinceNanos = nowNanos;
        }
        return nowNanos - sinceNanos;
    }
}
