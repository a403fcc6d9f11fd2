package io.tidemill.examples;

import java.time.Duration;

/**
 * How long page views take from their event time to the log. Most arrive within {@code orderly}; of all, the share
 * {@code lateShare} takes from {@code orderly} to {@code late}, and {@code veryLateShare} from {@code late} to
 * {@code veryLate}, each spread evenly.
 *
 * @param orderly from zero to {@code late}
 * @param late from {@code orderly} to {@code veryLate}
 * @param veryLate at most seven days
 * @param lateShare 0 to 1, and with {@code veryLateShare} at most 1
 * @param veryLateShare 0 to 1
 */
public record LatenessProfile(
        Duration orderly, Duration late, Duration veryLate, double lateShare, double veryLateShare) {
    private static final Duration LIMIT = Duration.ofDays(7); // before the profiles, whose constructor reads it

    /** For windows of an hour: 95 % within 1 s, 4 % to 10 min, 1 % to 2 h. */
    public static final LatenessProfile HOURS =
            new LatenessProfile(Duration.ofSeconds(1), Duration.ofMinutes(10), Duration.ofHours(2), 0.04, 0.01);

    /** For windows of a second: 95 % within 200 ms, 4 % to 1 s, 1 % to 5 s. */
    public static final LatenessProfile SECONDS =
            new LatenessProfile(Duration.ofMillis(200), Duration.ofSeconds(1), Duration.ofSeconds(5), 0.04, 0.01);

    public LatenessProfile {
        if (orderly.isNegative()
                || orderly.compareTo(late) > 0
                || late.compareTo(veryLate) > 0
                || veryLate.compareTo(LIMIT) > 0) {
            throw new IllegalArgumentException("0 <= orderly <= late <= veryLate <= 7 days does not hold for " + orderly
                    + ", " + late + ", " + veryLate);
        }
        if (!(lateShare >= 0 && veryLateShare >= 0 && lateShare + veryLateShare <= 1)) {
            throw new IllegalArgumentException("lateShare and veryLateShare are 0 or more and together at most 1, not "
                    + lateShare + " and " + veryLateShare);
        }
    }
}
