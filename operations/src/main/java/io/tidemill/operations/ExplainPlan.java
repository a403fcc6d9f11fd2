package io.tidemill.operations;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Alignment;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Watermark;
import io.tidemill.api.plan.Operator;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline does, before anything runs.
 *
 * @param operators in the order in which an element meets them
 * @param time null where there is no event time
 * @param windows null where there are none
 * @param topics what it reads and what it writes
 * @param state what it remembers from record to record
 * @param warnings what may surprise, a sentence each
 */
public record ExplainPlan(
        String pipeline,
        List<Step> operators,
        @Nullable Time time,
        @Nullable Windows windows,
        List<TopicUse> topics,
        List<State> state,
        List<String> warnings) {

    /** @param does a few words that go on after the name */
    public record Step(String name, String does) {}

    /** @param bound how far the watermark of a partition is behind its newest event time */
    public record Time(Duration bound, Duration idleAfter, Duration aheadMax) {}

    /**
     * @param windowing in words
     * @param zone whose days the windows follow; null if they follow none
     * @param early in words; null where there are no results of open windows
     */
    public record Windows(
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
        Parts parts = Parts.of(pipeline);
        return new ExplainPlan(
                pipeline.name(),
                pipeline.operators().stream()
                        .map(each -> new Step(each.name(), Wording.of(each)))
                        .toList(),
                parts.eventTime() == null ? null : time(parts.eventTime().watermark()),
                parts.windowed() == null ? null : windows(parts.windowed()),
                Topics.of(parts),
                state(parts),
                Warnings.of(parts));
    }

    private static Time time(Watermark watermark) {
        return new Time(watermark.bound(), watermark.idleAfter(), watermark.aheadMax());
    }

    private static Windows windows(Operator.Windowed windowed) {
        ZoneId zone = windowed.windowing() instanceof AlignedWindowing aligned
                        && aligned.alignment() instanceof Alignment.Zone days
                ? days.zone()
                : null;
        return new Windows(
                Wording.of(windowed.windowing()),
                zone,
                windowed.allowedLateness(),
                windowed.correctableFor(),
                windowed.early() == null ? null : Wording.of(windowed.early()));
    }

    private static List<State> state(Parts parts) {
        State position =
                new State(parts.name(), "how far it has read, watermarks, the ledger", Topics.changelog(parts));
        if (parts.aggregated() == null) {
            return List.of(position);
        }
        String accumulators = Wording.kindOf(parts.aggregated().aggregate()) + " accumulators by key";
        State open = new State(
                parts.aggregated().name(),
                parts.windowed() == null ? accumulators : accumulators + " and " + Wording.openState(parts.windowed()),
                Topics.changelog(parts));
        return parts.windowed() == null
                ? List.of(position, open)
                : List.of(
                        position,
                        open,
                        new State(
                                parts.aggregated().name(),
                                accumulators + " and closed window, while it can be corrected",
                                Topics.closed(parts)));
    }
}
