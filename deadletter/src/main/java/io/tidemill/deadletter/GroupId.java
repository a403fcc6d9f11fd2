package io.tidemill.deadletter;

/**
 * Letters that failed in the same way in the same place.
 *
 * @param topic the topic of dead letters
 */
public record GroupId(String topic, String fingerprint) {}
