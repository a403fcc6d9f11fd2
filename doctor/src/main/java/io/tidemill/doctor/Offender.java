package io.tidemill.doctor;

/**
 * A client that is behind rebalances.
 *
 * @param client client id, host and software, as far as they are known
 * @param incidents how often
 */
public record Offender(String client, int incidents) {}
