package io.tidemill.peers.tidemill;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tidemill.peers.Probe;
import java.time.Instant;

/** A page view with the field names that all peers have. */
public record View(
        @JsonProperty("event_time") long eventTime,
        @JsonProperty("page_id") String pageId,
        @JsonProperty("user_id") String userId,
        @JsonProperty("dwell_ms") int dwellMs) {
    Instant happenedAt() {
        Probe.first();
        return Instant.ofEpochMilli(eventTime);
    }
}
