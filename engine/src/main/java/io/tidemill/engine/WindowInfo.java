package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.ArrayList;
import java.util.List;

/** What is known of a window over all keys, until it can no longer be corrected. */
final class WindowInfo {
    /** Beyond it the nearest ranges are joined: a few records too many are read then, never one too few. */
    private static final int RANGES_MAX = 16;

    long onTime;
    long late;
    long corrected;

    /** It has begun to close, and not ended: some of its slices are still to come. */
    boolean closing;

    /** Where in the topic of closed windows its accumulators are: from, to, from, to… */
    final List<Long> ranges = new ArrayList<>();

    /** The step that last wrote it to the changelog. */
    long step = -1;

    /** What it takes there. */
    int bytes;

    void addRange(long from, long to) {
        int last = ranges.size() - 1;
        if (last > 0 && ranges.get(last) == from) {
            ranges.set(last, to);
        } else {
            ranges.add(from);
            ranges.add(to);
        }
        if (ranges.size() > RANGES_MAX * 2) {
            joinNearest();
        }
    }

    private void joinNearest() {
        int nearest = 1;
        long gap = Long.MAX_VALUE;
        for (int i = 1; i + 1 < ranges.size(); i += 2) {
            long distance = ranges.get(i + 1) - ranges.get(i);
            if (distance < gap) {
                gap = distance;
                nearest = i;
            }
        }
        ranges.remove(nearest);
        ranges.remove(nearest);
    }

    void write(ByteSink sink) {
        sink.writeVarlong(onTime);
        sink.writeVarlong(late);
        sink.writeVarlong(corrected);
        sink.write(closing ? 1 : 0);
        sink.writeVarint(ranges.size());
        ranges.forEach(sink::writeVarlong);
    }

    /** @param version of the state's format */
    static WindowInfo read(ByteSource source, int version) {
        WindowInfo info = new WindowInfo();
        info.onTime = source.readVarlong();
        info.late = source.readVarlong();
        info.corrected = source.readVarlong();
        info.closing = version > 1 && source.readByte() != 0;
        for (int i = source.readVarint(); i > 0; i--) {
            info.ranges.add(source.readVarlong());
        }
        return info;
    }
}
