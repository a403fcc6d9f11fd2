package io.tidemill.log;

/**
 * A producer, and its incarnation (KIP-98).
 *
 * @param epoch a later incarnation fences the earlier ones
 */
public record ProducerIdentity(long id, short epoch) {}
