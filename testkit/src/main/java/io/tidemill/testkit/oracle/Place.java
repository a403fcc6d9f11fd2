package io.tidemill.testkit.oracle;

import io.tidemill.api.Window;

/** What a result is the answer to. */
public record Place<K>(K key, Window window) {}
