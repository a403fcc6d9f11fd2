package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.api.Tumbling;
import io.tidemill.api.plan.Operator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parts of a graph that can be looked at by themselves. */
final class Branches {
    /** An element that waits for its turn is late when its own millisecond is over. */
    private static final Tumbling TURN = Tumbling.of(Duration.ofMillis(1));

    private Branches() {}

    /** Each source with each operator that its elements can be late for. */
    static List<Parts> withLateness(Pipeline pipeline) {
        List<Parts> all = new ArrayList<>();
        for (int source = 0; source < pipeline.operators().size(); source++) {
            if (pipeline.operators().get(source) instanceof Operator.From from) {
                for (int place : Ways.reached(pipeline, source)) {
                    Operator.Windowed windowed = windowed(pipeline, place);
                    if (windowed != null) {
                        all.add(parts(pipeline, from, source, place, windowed));
                    }
                }
            }
        }
        return all;
    }

    private static Parts parts(
            Pipeline pipeline, Operator.From from, int source, int place, Operator.Windowed windowed) {
        Operator operator = pipeline.operators().get(place);
        Operator.Aggregated aggregated = operator instanceof Operator.Aggregated of
                ? of
                : new Operator.Aggregated(operator.name(), KeptElements.of(operator));
        return new Parts(
                pipeline,
                from,
                List.of(),
                Ways.eventTimeOf(pipeline, source),
                keyBefore(pipeline, place),
                windowed,
                aggregated,
                null,
                anyTarget(pipeline),
                place);
    }

    /** Ends that can be recomputed by themselves: what comes of sources directly, or by one aggregate. */
    static List<Parts> ends(Pipeline pipeline) {
        List<Parts> all = new ArrayList<>();
        for (int place = 0; place < pipeline.operators().size(); place++) {
            if (pipeline.operators().get(place) instanceof Operator.To to) {
                Parts parts = end(pipeline, place, to);
                if (parts != null) {
                    all.add(parts);
                }
            }
        }
        return all;
    }

    private static @Nullable Parts end(Pipeline pipeline, int place, Operator.To to) {
        int before = pipeline.inputsOf(place).get(0);
        Operator.MapResult mapping = pipeline.operators().get(before) instanceof Operator.MapResult of ? of : null;
        int maker = mapping == null ? before : pipeline.inputsOf(before).get(0);
        boolean isAnswer =
                pipeline.inputsOf(place).size() == 1 && pipeline.operators().get(maker) instanceof Operator.Aggregated;
        int end = isAnswer ? maker : place;
        if (Ways.topicsInto(pipeline, end).isEmpty()) {
            return null;
        }
        return new Parts(
                pipeline,
                from(pipeline, end),
                List.of(),
                null,
                keyBefore(pipeline, end),
                isAnswer ? windowed(pipeline, end) : null,
                isAnswer ? (Operator.Aggregated) pipeline.operators().get(end) : null,
                mapping,
                to,
                end);
    }

    private static Operator.From from(Pipeline pipeline, int place) {
        int at = place;
        while (!pipeline.inputsOf(at).isEmpty()) {
            at = pipeline.inputsOf(at).get(0);
        }
        return (Operator.From) pipeline.operators().get(at);
    }

    /** What the end is recomputed from; nothing if that is not all that it is made of. */
    static List<String> topicsOf(Parts end) {
        return Ways.topicsInto(end.pipeline(), end.end());
    }

    /** Topics of the other ends. */
    static List<String> otherTopics(Pipeline pipeline, List<Parts> ends) {
        List<String> others = new ArrayList<>();
        for (Operator operator : pipeline.operators()) {
            if (operator instanceof Operator.To to
                    && ends.stream().noneMatch(end -> end.to().topic().equals(to.topic()))) {
                others.add(to.topic());
            }
        }
        return others;
    }

    /** What elements can be late for in the operator; null where they cannot be. */
    static Operator.@Nullable Windowed windowed(Pipeline pipeline, int place) {
        Operator operator = pipeline.operators().get(place);
        if (operator instanceof Operator.Joined join) {
            return new Operator.Windowed(
                    join.name(), join.windowing(), join.allowedLateness(), join.correctableFor(), null);
        } else if (operator instanceof Operator.Aggregated) {
            Operator before = pipeline.operators().get(pipeline.inputsOf(place).get(0));
            return before instanceof Operator.Windowed windowed ? windowed : null;
        }
        return operator.keepsState() && operator.needsEventTime()
                ? new Operator.Windowed(operator.name(), TURN, Duration.ZERO, Duration.ZERO, null)
                : null;
    }

    static Operator.@Nullable KeyBy keyBefore(Pipeline pipeline, int place) {
        for (int at = place;
                !pipeline.inputsOf(at).isEmpty();
                at = pipeline.inputsOf(at).get(0)) {
            if (pipeline.operators().get(at) instanceof Operator.KeyBy keyBy) {
                return keyBy;
            }
        }
        return null;
    }

    private static Operator.To anyTarget(Pipeline pipeline) {
        return pipeline.operators().stream()
                .filter(Operator.To.class::isInstance)
                .map(Operator.To.class::cast)
                .findFirst()
                .orElseThrow();
    }
}
