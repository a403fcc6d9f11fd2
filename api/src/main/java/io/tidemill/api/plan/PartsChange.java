package io.tidemill.api.plan;

import java.util.List;

/**
 * How the parts of an aggregate of aggregates differ from those of an older format, by name.
 *
 * @param kept their bytes are the same
 * @param evolved they read the older bytes
 * @param added they were not there, and begin empty
 * @param lost they are no longer there, and their bytes can be skipped
 * @param reset they have another format that does not read the older bytes, which can be skipped
 * @param unreadable their older bytes can be neither read nor skipped
 */
public record PartsChange(
        List<String> kept,
        List<String> evolved,
        List<String> added,
        List<String> lost,
        List<String> reset,
        List<String> unreadable) {}
