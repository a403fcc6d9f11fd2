package io.tidemill.api.plan;

import org.jspecify.annotations.Nullable;

/**
 * A version of what a table has under a key.
 *
 * @param value null where it is removed
 */
public record TableRow(@Nullable Object value) {}
