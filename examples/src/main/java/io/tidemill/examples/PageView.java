package io.tidemill.examples;

import java.time.Instant;

/**
 * One visit of a user to a page.
 *
 * @param eventTime when it happened, in milliseconds since the epoch
 * @param dwellMs how long the user stayed, in milliseconds
 */
public record PageView(long eventTime, String pageId, String userId, int dwellMs) {
    public Instant happenedAt() {
        return Instant.ofEpochMilli(eventTime);
    }
}
