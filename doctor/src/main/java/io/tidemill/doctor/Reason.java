package io.tidemill.doctor;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a client's own words mean. Only Java's consumers send them, and their list is short. */
enum Reason {
    /** It gave none. */
    NONE,
    POLL_TIMEOUT,
    CLOSED,
    UNSUBSCRIBED,
    METADATA_CHANGED,
    SUBSCRIPTION_CHANGED,
    REVOKED_FIRST,
    ENFORCED,
    /** It comes back after an error that an earlier rebalance gave it. */
    AFTER_ERROR,
    OTHER;

    static Reason of(@Nullable String words) {
        if (words == null || words.isBlank()) {
            return NONE;
        }
        String text = words.toLowerCase(Locale.ROOT);
        if (text.contains("poll timeout has expired")) {
            return POLL_TIMEOUT;
        }
        if (text.contains("being closed")) {
            return CLOSED;
        }
        if (text.contains("unsubscribed")) {
            return UNSUBSCRIBED;
        }
        return ofJoin(text);
    }

    private static Reason ofJoin(String text) {
        if (text.contains("need to revoke partitions")) {
            return REVOKED_FIRST;
        }
        if (text.contains("metadata has changed")) {
            return METADATA_CHANGED;
        }
        if (text.contains("subscription has changed") || text.contains("does not match the current subscription")) {
            return SUBSCRIPTION_CHANGED;
        }
        if (text.contains("enforced") || text.contains("probing rebalance") || text.contains("followup rebalance")) {
            return ENFORCED;
        }
        boolean error = text.contains("failed")
                || text.contains("encountered")
                || text.contains("already rebalancing")
                || text.contains("given member-id");
        return error ? AFTER_ERROR : OTHER;
    }
}
