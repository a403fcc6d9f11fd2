package io.tidemill.sketches;

import java.util.List;

/**
 * The values that were frequent.
 *
 * @param count how many values there were, exactly
 * @param missedMax what counts may lack: a value that is left out occurred no more often than this, or than the
 *     {@link FrequentItem#upper} of the last one here
 * @param items by descending {@link FrequentItem#estimate}, and then by their encoded bytes
 */
public record FrequentItems<V>(long count, long missedMax, List<FrequentItem<V>> items) {}
