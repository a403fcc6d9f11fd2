package io.tidemill.engine;

import io.tidemill.api.Window;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What is told when a pipeline's state would become larger than it may. */
final class StateBudget {
    private StateBudget() {}

    static PipelineException exceeded(CompiledPipeline pipeline, List<Stage> stages, long bytes, long bytesMax) {
        Stage largest =
                stages.stream().max(Comparator.comparingLong(Stage::stateBytes)).orElseThrow();
        String operator = largest.plan.statefulName();
        String others = stages.size() == 1 ? "" : "that of all operators " + bytes + " bytes, and ";
        List<Lane> lanes = largest.lanes;
        String each = largest.plan.process == null ? "key" : "waiting element, state or timer";
        String held = largest.plan.isWindowed() ? ofWindows(lanes) : count(entries(lanes), each);
        String remedy = largest.plan.isWindowed()
                ? "; or keep less: shorter windows, a smaller bound of the watermark ('tidemill advise' tells which would"
                        + " do), less allowed lateness"
                : largest.plan.process != null
                        ? "; or keep less: a smaller bound of the watermark, a time to live for state, smaller intervals"
                        : "; or keep less: a running aggregate keeps every key that ever came, a windowed one does not";
        return new PipelineException("pipeline '" + pipeline.name() + "' would exceed its state budget of " + bytesMax
                + " bytes: " + others + "the state of '" + operator + "' would take " + largest.stateBytes()
                + " bytes, for " + held
                + ". The step that needs them was not committed, and nothing is lost: the pipeline goes on from its last"
                + " commit. Raise the budget (stateBytesMax; with the command --state-max)" + remedy);
    }

    private static String ofWindows(List<Lane> lanes) {
        Set<Window> windows = new HashSet<>();
        lanes.forEach(lane -> windows.addAll(lane.openWindows()));
        String held = count(entries(lanes), "accumulator");
        return windows.isEmpty() ? held : held + " of " + count(windows.size(), "open window");
    }

    private static long entries(List<Lane> lanes) {
        return lanes.stream().mapToLong(Lane::entries).sum();
    }

    private static String count(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
