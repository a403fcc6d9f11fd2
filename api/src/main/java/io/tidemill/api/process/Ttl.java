package io.tidemill.api.process;

import java.io.Serializable;
import java.time.Duration;

/**
 * How long state is kept after it was last written (a value, one element of a list, one entry of a map). What has expired is
 * not seen any more, to the millisecond; its room is given back soon after.
 *
 * @param duration 1 ms to 100 years
 * @param domain in event time, the age is taken between the times of the elements and timers that wrote and read it; in
 *     processing time, by the machine's clock when the step began
 */
public record Ttl(Duration duration, TimeDomain domain) implements Serializable {
    private static final Duration MAX = Duration.ofDays(36_500);

    public Ttl {
        if (duration.compareTo(Duration.ofMillis(1)) < 0 || duration.compareTo(MAX) > 0) {
            throw new IllegalArgumentException("a time to live is 1 ms to 100 years, not " + duration);
        }
    }

    /** The default domain, because then it is the log alone that decides what has expired. */
    public static Ttl eventTime(Duration duration) {
        return new Ttl(duration, TimeDomain.EVENT_TIME);
    }

    public static Ttl processingTime(Duration duration) {
        return new Ttl(duration, TimeDomain.PROCESSING_TIME);
    }
}
