package io.tidemill.peers.rig;

import io.tidemill.peers.Generator;
import io.tidemill.peers.PageView;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.utils.Utils;

/**
 * What job A has to find where a record is late by its own partition's watermark, added up by the plainest loop there is.
 *
 * @param finals results, those of the flush events left out
 * @param counted page views in them
 * @param dwellMillis their sum
 */
record Expected(long finals, long counted, long dwellMillis) {
    static Expected of(long events) {
        long[] maxMillis = new long[Generator.PARTITIONS];
        Set<String> windows = new HashSet<>();
        long counted = 0;
        long dwellMillis = 0;
        for (long i = 0; i < events; i++) {
            PageView view = Generator.event(i, events);
            byte[] key = view.pageId.getBytes(StandardCharsets.UTF_8);
            int partition = Utils.toPositive(Utils.murmur2(key)) % Generator.PARTITIONS;
            long window = Math.floorDiv(view.eventTime, Generator.HOUR_MILLIS);
            if ((window + 1) * Generator.HOUR_MILLIS > maxMillis[partition] - Generator.LATENESS_MILLIS) {
                windows.add(view.pageId + "|" + window);
                counted++;
                dwellMillis += view.dwellMs;
            }
            maxMillis[partition] = Math.max(maxMillis[partition], view.eventTime);
        }
        return new Expected(windows.size(), counted, dwellMillis);
    }
}
