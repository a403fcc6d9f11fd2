package io.tidemill.log;

import java.util.Set;

/** Hears of what has become visible. */
public interface VisibleListener {
    /**
     * Called on the thread that made it visible, in the order of the commits, with locks of the log held: it must neither
     * block nor call the log.
     *
     * @param partitions those with new records, or whose stable end has moved
     * @param topicsChanged whether topics came, went or were altered
     */
    void visible(Set<TopicPartition> partitions, boolean topicsChanged);

    /** Under the same terms: these groups have other offsets than before. */
    default void offsetsChanged(Set<String> groups) {}
}
