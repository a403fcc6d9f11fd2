package io.tidemill.operations;

import io.tidemill.api.Window;
import org.jspecify.annotations.Nullable;

/**
 * A result that is not what the source says it should be.
 *
 * @param key as text
 * @param window null where there are no windows
 * @param expected as text, cut where it is long
 * @param actual as text, cut where it is long
 * @param why a sentence
 */
public record Mismatch(String key, @Nullable Window window, String expected, String actual, String why) {}
