package io.tidemill.examples.nexmark;

import java.time.Instant;

/**
 * An event on its way into the log.
 *
 * @param arrivedAt when it reaches the log; never before the event's time. It becomes the record's timestamp
 */
public record Arrival(Event event, Instant arrivedAt) {}
