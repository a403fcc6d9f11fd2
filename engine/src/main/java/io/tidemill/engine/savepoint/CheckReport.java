package io.tidemill.engine.savepoint;

import java.util.List;

/**
 * What would become of a savepoint under some code.
 *
 * @param pipeline the code's
 * @param sources topics that were read, and that the code reads
 * @param operators those of the savepoint and those of the code that have state
 * @param changes that keep all state
 * @param warnings what is permitted, and worth knowing
 * @param refusals why it cannot be restored, a sentence each, with what to do
 * @param decoded how many entries were decoded under the code
 * @param failures of those, at most 100
 */
public record CheckReport(
        SavepointInfo savepoint,
        String pipeline,
        List<Source> sources,
        List<Operator> operators,
        List<String> changes,
        List<String> warnings,
        List<String> refusals,
        long decoded,
        List<Failure> failures) {
    /** What becomes of an operator, or of a topic that is read. */
    public enum Fate {
        KEPT,
        RENAMED,
        ADDED,
        DROPPED,
        /** It is refused: nobody has said what is to become of its state. */
        UNDECIDED
    }

    /** A topic that is read. */
    public record Source(Fate fate, String topic) {}

    /**
     * An operator that has state.
     *
     * @param name in the savepoint, or in the code where it is added
     * @param now its name in the code; empty where it has none
     * @param entries it has in the savepoint
     */
    public record Operator(Fate fate, String name, String now, long entries) {}

    /** An entry that could not be decoded. */
    public record Failure(String operator, char kind, String window, String key, String error) {}

    public boolean isRestorable() {
        return refusals.isEmpty() && failures.isEmpty();
    }
}
