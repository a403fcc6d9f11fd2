package io.tidemill.engine;

import io.tidemill.api.Session;

/** The arithmetic of sessions. Immutable. */
final class SessionRules {
    final long gap;

    /** So large that it never counts where there is no maximum; sums with times do not overflow. */
    final long max;

    final boolean hasMax;

    SessionRules(Session session) {
        gap = session.gap().toMillis();
        hasMax = session.maxDuration() != null;
        max = session.maxDuration() == null
                ? Long.MAX_VALUE / 4
                : session.maxDuration().toMillis();
    }

    /** Whether an element at a time not before {@code first} is in the session of so far {@code first} to {@code last}. */
    boolean joins(long first, long last, long time) {
        return time - last <= gap && time - first < max;
    }

    /** The least watermark at which the session is final. */
    long dueAt(long first, long last) {
        return Math.min(last + gap + 1, first + max);
    }

    /** How far behind an element's time its session may reach until it is final. */
    long reach() {
        return Math.min(gap + 1, max);
    }
}
