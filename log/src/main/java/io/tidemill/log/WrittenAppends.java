package io.tidemill.log;

import java.util.List;

/**
 * Batches that were taken or refused one by one.
 *
 * @param sequence what to wait for with {@link EmbeddedLog#awaitDurable} before answering; it covers duplicates too
 * @param results in the order of the appends
 */
public record WrittenAppends(long sequence, List<AppendResult> results) {}
