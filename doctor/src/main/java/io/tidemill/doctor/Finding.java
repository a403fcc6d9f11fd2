package io.tidemill.doctor;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One cause, with everything that speaks for it.
 *
 * @param rebalances how many of the group's rebalances it explains; zero for what is seen in the group as it is now
 * @param incidents how often it happened: a member that leaves and comes back is one incident, but two rebalances
 * @param summary who does what, a sentence
 * @param evidence a sentence each
 * @param remedy null where nothing need be done
 * @param alternatives causes that look the same from here
 * @param offenders most incidents first; {@link #OFFENDERS_MAX} at most
 */
public record Finding(
        Cause cause,
        Severity severity,
        Confidence confidence,
        int rebalances,
        int incidents,
        @Nullable Instant firstAt,
        @Nullable Instant lastAt,
        String summary,
        List<String> evidence,
        @Nullable Remedy remedy,
        List<Cause> alternatives,
        List<Offender> offenders) {
    /** Offenders that are listed. */
    public static final int OFFENDERS_MAX = 10;
}
