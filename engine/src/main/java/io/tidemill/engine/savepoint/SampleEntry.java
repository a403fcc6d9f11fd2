package io.tidemill.engine.savepoint;

/**
 * An entry as its code understands it.
 *
 * @param kind see {@link SavepointFormat}
 * @param window start/end; empty where there is none
 * @param result the aggregate's, as text; or why there is none
 */
public record SampleEntry(String operator, char kind, String window, String key, long elements, String result) {}
