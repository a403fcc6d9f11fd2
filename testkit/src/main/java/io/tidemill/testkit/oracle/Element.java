package io.tidemill.testkit.oracle;

/** What a window takes in: what a record becomes before the window, after filters, maps and the key. */
public record Element<K, V>(K key, long timeMillis, V value) {}
