package io.tidemill.operations;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Alignment;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Watermark;
import io.tidemill.api.plan.Operator;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline does, before anything runs.
 *
 * @param operators what leads to an operator is before it
 * @param times by the operator that says when elements happened
 * @param windows by the operator that has them
 * @param topics what it reads and what it writes
 * @param state what it remembers from record to record
 * @param warnings what may surprise, a sentence each
 */
public record ExplainPlan(
        String pipeline,
        List<Step> operators,
        List<Time> times,
        List<Windows> windows,
        List<TopicUse> topics,
        List<State> state,
        List<String> warnings) {

    /**
     * @param inputs names of the operators that it takes elements from; none of a source
     * @param does a few words that go on after the name
     */
    public record Step(String name, List<String> inputs, String does) {}

    /**
     * @param bound how far the watermark of a partition is behind its newest event time, or behind what its generator says
     * @param isGenerated whether a generator of the user's own says how far a partition has come
     */
    public record Time(String operator, Duration bound, Duration idleAfter, Duration aheadMax, boolean isGenerated) {}

    /**
     * @param windowing in words
     * @param zone whose days the windows follow; null if they follow none
     * @param early in words; null where there are no results of open windows
     */
    public record Windows(
            String operator,
            String windowing,
            @Nullable ZoneId zone,
            Duration allowedLateness,
            Duration correctableFor,
            @Nullable String early) {}

    /**
     * @param isRead whether it is read, else written
     * @param format of key and value
     * @param kept for how long, unless the topic was made with another setting before
     */
    public record TopicUse(String topic, boolean isRead, String holds, String format, String kept) {}

    /** @param name the name under which it is found again: change it, and the state is another */
    public record State(String name, String holds, String topic) {}

    public static ExplainPlan of(Pipeline pipeline) {
        List<Keeper> keepers = Keeper.of(pipeline);
        return new ExplainPlan(
                pipeline.name(),
                steps(pipeline),
                times(pipeline),
                keepers.stream()
                        .map(Keeper::windowed)
                        .filter(Objects::nonNull)
                        .map(ExplainPlan::windows)
                        .toList(),
                Topics.of(pipeline),
                state(pipeline, keepers),
                Warnings.of(pipeline));
    }

    /** Whether each operator takes its elements from the one before it. */
    public boolean isLine() {
        for (int i = 1; i < operators.size(); i++) {
            if (!operators.get(i).inputs().equals(List.of(operators.get(i - 1).name()))) {
                return false;
            }
        }
        return true;
    }

    private static List<Step> steps(Pipeline pipeline) {
        List<Step> steps = new ArrayList<>();
        for (int place = 0; place < pipeline.operators().size(); place++) {
            Operator operator = pipeline.operators().get(place);
            List<String> inputs = pipeline.inputsOf(place).stream()
                    .map(input -> pipeline.operators().get(input).name())
                    .toList();
            steps.add(new Step(operator.name(), inputs, Wording.of(operator)));
        }
        return steps;
    }

    private static List<Time> times(Pipeline pipeline) {
        List<Time> times = new ArrayList<>();
        for (Operator operator : pipeline.operators()) {
            if (operator instanceof Operator.EventTime time) {
                Watermark watermark = time.watermark();
                times.add(new Time(
                        time.name(),
                        watermark.bound(),
                        watermark.idleAfter(),
                        watermark.aheadMax(),
                        time.generator() != null));
            }
        }
        return times;
    }

    private static Windows windows(Operator.Windowed windowed) {
        ZoneId zone = windowed.windowing() instanceof AlignedWindowing aligned
                        && aligned.alignment() instanceof Alignment.Zone days
                ? days.zone()
                : null;
        return new Windows(
                windowed.name(),
                Wording.of(windowed.windowing()),
                zone,
                windowed.allowedLateness(),
                windowed.correctableFor(),
                windowed.early() == null ? null : Wording.of(windowed.early()));
    }

    private static List<State> state(Pipeline pipeline, List<Keeper> keepers) {
        List<State> state = new ArrayList<>();
        state.add(
                new State(pipeline.name(), "how far it has read, watermarks, the ledger", Topics.changelog(pipeline)));
        for (Keeper keeper : keepers) {
            String keeps = keeper.keeps() + " by key";
            Operator.Windowed windowed = keeper.windowed();
            state.add(new State(
                    keeper.name(),
                    windowed == null ? keeps : keeps + " and " + Wording.openState(windowed),
                    Topics.changelog(pipeline)));
            if (windowed != null) {
                state.add(new State(
                        keeper.name(),
                        keeps + " and closed window, while it can be corrected",
                        Topics.closed(pipeline)));
            }
        }
        return state;
    }
}
