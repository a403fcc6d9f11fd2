package io.tidemill.log;

/**
 * A decision that is written.
 *
 * @param sequence what to wait for with {@link EmbeddedLog#awaitDurable} before anyone is told
 */
public record Written<T>(long sequence, T value) {}
