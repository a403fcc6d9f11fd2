package io.tidemill.examples.nexmark.query;

import java.time.Instant;

/** Query 8's row: a person who came and opened an auction in the window that begins at {@code windowStart}. */
public record NewSeller(long id, String name, Instant windowStart) {}
