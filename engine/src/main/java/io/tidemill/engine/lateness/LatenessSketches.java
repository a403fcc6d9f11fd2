package io.tidemill.engine.lateness;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The sketches of a source's partitions, and which are worth writing. Not thread-safe; each sketch may be used by a thread of
 * its own while nobody uses the whole.
 */
public final class LatenessSketches {
    /*
     * To write all of them with every commit would cost more than to keep them. So one is written when it has grown by a
     * twentieth since: as many times as its count has doubled, times fourteen. What came after the last time is lost when
     * the process ends, which a distribution of all elements does not mind. Of a changelog that has become too long the
     * oldest are written again, so that its start can be cut off.
     */
    private static final int GROWN_BY = 20;
    private static final int DUE_MAX = 16;

    /** A sketch, how many elements it had when it was written, and where that is. */
    private static final class Kept {
        final LatenessSketch sketch;
        long count;
        long place = Long.MAX_VALUE;
        int bytes;

        Kept(LatenessSketch sketch) {
            this.sketch = sketch;
        }

        boolean hasGrown() {
            long now = sketch.count();
            return now > count + count / GROWN_BY;
        }
    }

    private final List<Kept> partitions = new ArrayList<>();

    /** The sketch of a partition; an empty one if it was not restored. */
    public LatenessSketch of(int partition) {
        return kept(partition).sketch;
    }

    private Kept kept(int partition) {
        while (partitions.size() <= partition) {
            partitions.add(new Kept(new LatenessSketch(LatenessSketch.DIGITS_LIVE)));
        }
        return partitions.get(partition);
    }

    /** Takes in what was written. */
    public void restore(int partition, LatenessSketch sketch, long place, int bytes) {
        kept(partition);
        partitions.set(partition, new Kept(sketch));
        wrote(partition, place, bytes);
    }

    /**
     * The partitions whose sketches are to be written now, at most 16.
     *
     * @param again whether one that has not grown is to be written again, the one of the oldest place
     */
    public List<Integer> due(boolean again) {
        List<Integer> due = new ArrayList<>();
        for (int i = 0; i < partitions.size() && due.size() < DUE_MAX; i++) {
            if (partitions.get(i).hasGrown()) {
                due.add(i);
            }
        }
        int oldest = oldestPartition();
        if (again && oldest >= 0 && !due.contains(oldest)) {
            due.add(oldest);
        }
        return due;
    }

    private int oldestPartition() {
        int oldest = -1;
        for (int i = 0; i < partitions.size(); i++) {
            long place = partitions.get(i).place;
            if (place != Long.MAX_VALUE && (oldest < 0 || place < partitions.get(oldest).place)) {
                oldest = i;
            }
        }
        return oldest;
    }

    /** Says that a sketch is at {@code place}, and no longer where it was before. */
    public void wrote(int partition, long place, int bytes) {
        Kept kept = partitions.get(partition);
        kept.count = kept.sketch.count();
        kept.place = place;
        kept.bytes = bytes;
    }

    /** Nothing before this place is needed; {@link Long#MAX_VALUE} if nothing was written. */
    public long oldestPlace() {
        int oldest = oldestPartition();
        return oldest < 0 ? Long.MAX_VALUE : partitions.get(oldest).place;
    }

    /** What they took when they were written, together. */
    public long bytes() {
        long bytes = 0;
        for (Kept each : partitions) {
            bytes += each.bytes;
        }
        return bytes;
    }

    /** By partition; those that hold something. */
    public SortedMap<Integer, LatenessSketch> all() {
        SortedMap<Integer, LatenessSketch> all = new TreeMap<>();
        for (int i = 0; i < partitions.size(); i++) {
            if (of(i).count() > 0) {
                all.put(i, of(i));
            }
        }
        return all;
    }
}
