package io.tidemill.engine;

import io.tidemill.log.TopicPartition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Keeps partitions near one another in event time, so that what the one ahead brings does not pile up where it has to wait for
 * the others. It decides what is read next, never what comes out. Used by one thread.
 *
 * <p>Partitions belong together where their elements meet, directly or by way of other operators, in one that goes by time; and
 * with what those belong to in other places. In each such group the one that is least far has the say, among those that are not
 * idle: a partition is held back while it is further ahead of it than the greatest drift. That one itself is never held back, so
 * there is always one that goes on. A partition that is held back has something to read, and does not become idle.
 */
final class SourceAlignment {
    private static final int NONE = -1;

    private final List<SourcePartition> sources;
    private final long driftMaxMillis;

    /** By the number of the source; {@link #NONE} of one that nothing waits with. */
    private final int[] groups;

    /** By group: how far the last has come. */
    private final long[] least;

    /** Whether any partition is held back. */
    private boolean holdsBack;

    SourceAlignment(CompiledPipeline pipeline, List<SourcePartition> sources, long driftMaxMillis) {
        this.sources = sources;
        this.driftMaxMillis = driftMaxMillis;
        this.groups = groups(pipeline);
        this.least = new long[groups.length];
    }

    private static int[] groups(CompiledPipeline pipeline) {
        int[] groups = new int[pipeline.sources.size()];
        Arrays.fill(groups, NONE);
        List<Set<Integer>> leading = new ArrayList<>();
        for (StagePlan stage : pipeline.stages) {
            Set<Integer> sources = new HashSet<>(stage.sources);
            // What leads to a stage is before it.
            stage.upstreams.forEach(upstream -> sources.addAll(leading.get(upstream)));
            leading.add(sources);
            if (stage.hasLateness()) {
                unite(groups, sources);
            }
        }
        return groups;
    }

    private static void unite(int[] groups, Set<Integer> sources) {
        int group = sources.stream().mapToInt(each -> each).min().orElse(NONE);
        Set<Integer> others = new HashSet<>();
        sources.forEach(each -> others.add(groups[each]));
        others.remove(NONE);
        for (int i = 0; i < groups.length; i++) {
            if (sources.contains(i) || others.contains(groups[i])) {
                groups[i] = group;
            }
        }
    }

    /**
     * Says of each partition whether it is held back.
     *
     * @param live whether more may come to a partition all of which was read, so that it has a say until it is idle
     */
    void align(boolean live) {
        Arrays.fill(least, Long.MAX_VALUE);
        for (SourcePartition source : sources) {
            int group = groups[source.source().number];
            if (group != NONE && hasSay(source, live)) {
                least[group] = Math.min(least[group], source.placeMillis());
            }
        }
        holdsBack = false;
        for (SourcePartition source : sources) {
            int group = groups[source.source().number];
            source.heldBack = group != NONE
                    && hasPlace(source)
                    && !source.isCaughtUp()
                    && isAhead(source.placeMillis(), least[group]);
            holdsBack |= source.heldBack;
        }
    }

    /** Partitions that are held back. */
    SortedSet<TopicPartition> heldBack() {
        SortedSet<TopicPartition> held = new TreeSet<>();
        for (int i = 0; holdsBack && i < sources.size(); i++) {
            if (sources.get(i).heldBack) {
                held.add(sources.get(i).partition);
            }
        }
        return held;
    }

    /**
     * One without an event time is waited for until its first records are read: nobody knows where it begins. Should none of them have one,
     * as where all are dead letters, the others do not wait for what may never come.
     */
    private static boolean hasSay(SourcePartition source, boolean live) {
        if (source.at.idle) {
            return false;
        }
        return source.isCaughtUp() ? live && hasPlace(source) : hasPlace(source) || source.at.read == 0;
    }

    private static boolean hasPlace(SourcePartition source) {
        return source.placeMillis() != Long.MIN_VALUE;
    }

    private boolean isAhead(long time, long of) {
        // Times are within ten thousand years of the epoch, but for the two that stand for none.
        return of == Long.MIN_VALUE || (of != Long.MAX_VALUE && time - of > driftMaxMillis);
    }
}
