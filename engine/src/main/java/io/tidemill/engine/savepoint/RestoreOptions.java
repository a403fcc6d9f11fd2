package io.tidemill.engine.savepoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What may happen to state when a savepoint is taken over, each by name. Immutable.
 *
 * @param dropped operators of the savepoint whose state is given up
 * @param droppedSources topics that were read and are no longer, whose offsets are given up
 * @param renamed operators of the savepoint by the name that they have in the code
 * @param resetParts parts of {@code all(…)}, and states of functions, that are given up, or begin empty
 * @param resetGenerators topics whose watermark generator begins with its first numbers; how far each partition has come stays
 * @param replace the pipeline may have state, which is replaced; a savepoint of it is taken first
 * @param sameRecords the source is another topic than that of the savepoint, and holds the same records at the same offsets
 * @param full every entry is decoded under the new code, not only a sample
 */
public record RestoreOptions(
        Set<String> dropped,
        Set<String> droppedSources,
        Map<String, String> renamed,
        Set<String> resetParts,
        Set<String> resetGenerators,
        boolean replace,
        boolean sameRecords,
        boolean full) {
    public RestoreOptions {
        dropped = Set.copyOf(dropped);
        droppedSources = Set.copyOf(droppedSources);
        renamed = Map.copyOf(renamed);
        resetParts = Set.copyOf(resetParts);
        resetGenerators = Set.copyOf(resetGenerators);
    }

    /** Nothing may be lost. */
    public static RestoreOptions keepAll() {
        return new RestoreOptions(Set.of(), Set.of(), Map.of(), Set.of(), Set.of(), false, false, false);
    }

    public RestoreOptions drop(String operator) {
        return new RestoreOptions(
                with(dropped, operator),
                droppedSources,
                renamed,
                resetParts,
                resetGenerators,
                replace,
                sameRecords,
                full);
    }

    public RestoreOptions dropSource(String topic) {
        return new RestoreOptions(
                dropped, with(droppedSources, topic), renamed, resetParts, resetGenerators, replace, sameRecords, full);
    }

    public RestoreOptions rename(String before, String now) {
        Map<String, String> more = new LinkedHashMap<>(renamed);
        more.put(before, now);
        return new RestoreOptions(
                dropped, droppedSources, more, resetParts, resetGenerators, replace, sameRecords, full);
    }

    public RestoreOptions resetPart(String part) {
        return new RestoreOptions(
                dropped, droppedSources, renamed, with(resetParts, part), resetGenerators, replace, sameRecords, full);
    }

    public RestoreOptions resetGenerator(String topic) {
        return new RestoreOptions(
                dropped, droppedSources, renamed, resetParts, with(resetGenerators, topic), replace, sameRecords, full);
    }

    public RestoreOptions replace(boolean value) {
        return new RestoreOptions(
                dropped, droppedSources, renamed, resetParts, resetGenerators, value, sameRecords, full);
    }

    public RestoreOptions sameRecords(boolean value) {
        return new RestoreOptions(dropped, droppedSources, renamed, resetParts, resetGenerators, replace, value, full);
    }

    public RestoreOptions full(boolean value) {
        return new RestoreOptions(
                dropped, droppedSources, renamed, resetParts, resetGenerators, replace, sameRecords, value);
    }

    private static Set<String> with(Set<String> names, String one) {
        Set<String> more = new TreeSet<>(names);
        more.add(one);
        return more;
    }
}
