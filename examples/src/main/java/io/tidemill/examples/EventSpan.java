package io.tidemill.examples;

/**
 * A number of events that arrive evenly over a span of event time.
 *
 * @param startMillis when the first one arrives, since the epoch
 * @param lengthMillis from one to 36,500 days of milliseconds
 * @param count 1 to 1,000,000,000
 */
public record EventSpan(long startMillis, long lengthMillis, long count) {
    private static final long DAY_MILLIS = 86_400_000;
    private static final long DAY_START = 1_700_006_400_000L; // 2023-11-15T00:00:00Z
    private static final long COUNT_MAX = 1_000_000_000;

    public EventSpan {
        if (lengthMillis < 1 || lengthMillis > 36_500 * DAY_MILLIS || count < 1 || count > COUNT_MAX) {
            throw new IllegalArgumentException("a span has 1 ms to 36,500 days and 1 to " + COUNT_MAX + " events, not "
                    + lengthMillis + " ms and " + count + " events");
        }
    }

    /** 24 hours, from midnight to midnight. */
    public static EventSpan day(long count) {
        return new EventSpan(DAY_START, DAY_MILLIS, count);
    }

    /** When event {@code index} of {@code 0 .. count - 1} arrives, in milliseconds since the epoch. */
    public long arrivalMillis(long index) {
        return startMillis + lengthMillis / count * index + lengthMillis % count * index / count;
    }
}
