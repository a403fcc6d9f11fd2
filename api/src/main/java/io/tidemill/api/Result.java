package io.tidemill.api;

import org.jspecify.annotations.Nullable;

/**
 * An aggregate's answer for one key and, where there are windows, one window.
 *
 * @param window null for a running aggregate
 * @param revision 0 when the window closes, then one more each time the answer changes: a reader keeps the newest per key
 *     and window. Always 0 for a running aggregate
 */
public record Result<K, V>(K key, @Nullable Window window, V value, int revision) {}
