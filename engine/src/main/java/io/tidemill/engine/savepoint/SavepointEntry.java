package io.tidemill.engine.savepoint;

/**
 * One thing that a savepoint holds.
 *
 * @param kind what it is; see {@link SavepointFormat}
 * @param start with {@code end}: its window, or what else its kind says
 * @param key the user's key, encoded
 * @param value as its kind says
 */
public record SavepointEntry(byte kind, long start, long end, byte[] key, byte[] value) {}
