package io.tidemill.doctor;

import org.jspecify.annotations.Nullable;

/** Knows one cause: how to tell that it is behind an event, and what to say then. Has no state that changes. */
interface Rule {
    Cause cause();

    /** How likely the cause is behind {@code event}: 0 (not at all) to 1. */
    double score(Event event, Chronicle chronicle);

    /** What to say of at least one incident. */
    Report report(Cases cases);

    /** What to say of the group as it is now, whether it rebalances or not; null if nothing. */
    default @Nullable Report now(Chronicle chronicle) {
        return null;
    }
}
