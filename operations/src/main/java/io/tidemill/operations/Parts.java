package io.tidemill.operations;

import io.tidemill.api.Aggregate;
import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import io.tidemill.engine.StateRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline's operators by what they are for.
 *
 * @param chain filters, maps, flat maps and the event time, in order; empty of a graph
 * @param end of a graph: the place of the operator that is looked at, to which elements come without passing another that keeps
 *     state; -1 of a line, -2 of a graph as a whole
 */
record Parts(
        Pipeline pipeline,
        Operator.From from,
        List<Operator> chain,
        Operator.@Nullable EventTime eventTime,
        Operator.@Nullable KeyBy keyBy,
        Operator.@Nullable Windowed windowed,
        Operator.@Nullable Aggregated aggregated,
        Operator.@Nullable MapResult mapResult,
        Operator.To to,
        int end) {
    private static final int LINE = -1;
    private static final int ALL = -2;

    /** Of a graph, with all that elements of its sources come to. */
    static Parts ofAll(Pipeline pipeline) {
        return new Parts(
                pipeline,
                required(pipeline, Operator.From.class),
                List.of(),
                null,
                null,
                null,
                null,
                null,
                required(pipeline, Operator.To.class),
                ALL);
    }

    /**
     * Of a pipeline that is one line; to be asked of one that {@link #whyNoLine} has nothing to say of.
     */
    static Parts of(Pipeline pipeline) {
        return new Parts(
                pipeline,
                required(pipeline, Operator.From.class),
                pipeline.operators().stream().filter(Parts::isInChain).toList(),
                find(pipeline, Operator.EventTime.class),
                find(pipeline, Operator.KeyBy.class),
                find(pipeline, Operator.Windowed.class),
                find(pipeline, Operator.Aggregated.class),
                find(pipeline, Operator.MapResult.class),
                required(pipeline, Operator.To.class),
                LINE);
    }

    boolean isGraph() {
        return end != LINE;
    }

    /** Whether the state is that of the operator that is looked at, by what stands for it there; of a line all is. */
    boolean isOperators(int id) {
        return !isGraph()
                || aggregated == null
                || StateRecords.operatorId(aggregated.name()) == id
                || aggregated.formerNames().stream()
                        .mapToInt(StateRecords::operatorId)
                        .anyMatch(each -> each == id);
    }

    /** Whether elements that come there are looked at. */
    boolean isWanted(int place) {
        return end < 0 || place == end;
    }

    /** Does with an element what an operator of the graph does first, and what may fail. */
    void rehearse(int place, int from, Object value) throws Exception {
        Operator operator = pipeline.operators().get(place);
        if (operator instanceof Operator.Aggregated aggregated) {
            aggregated.aggregate().add(aggregated.aggregate().create(), value);
        } else if (operator instanceof Operator.To target) {
            target.codec().encode(value, new ByteSink());
        } else if (operator instanceof Operator.Joined join) {
            Codec<Object> codec = pipeline.inputsOf(place).get(0) == from ? join.leftCodec() : join.rightCodec();
            if (codec != null) {
                codec.encode(value, new ByteSink());
            }
        }
    }

    /** Why the pipeline cannot be looked at as one line with at most one aggregate; null if it can. */
    static @Nullable String whyNoLine(Pipeline pipeline) {
        List<String> reasons = new ArrayList<>();
        add(reasons, count(pipeline, Operator.From.class::isInstance) > 1, "it has several sources");
        add(reasons, count(pipeline, Operator.To.class::isInstance) > 1, "it ends in several topics");
        add(reasons, count(pipeline, Operator::keepsState) > 1, "several of its operators keep state");
        for (int place = 0; place < pipeline.operators().size(); place++) {
            Operator each = pipeline.operators().get(place);
            boolean isLast = pipeline.inputsOf(place).equals(place == 0 ? List.of() : List.of(place - 1));
            boolean isKnown = isInChain(each)
                    || each instanceof Operator.From
                    || each instanceof Operator.KeyBy
                    || each instanceof Operator.Windowed
                    || each instanceof Operator.Aggregated
                    || each instanceof Operator.MapResult
                    || each instanceof Operator.To;
            add(reasons, !isLast || !isKnown, "there is '" + each.name() + "', which " + Wording.of(each));
        }
        return reasons.isEmpty() ? null : reasons.get(0);
    }

    private static void add(List<String> reasons, boolean isOne, String reason) {
        if (isOne) {
            reasons.add(reason);
        }
    }

    private static long count(Pipeline pipeline, Predicate<Operator> test) {
        return pipeline.operators().stream().filter(test).count();
    }

    private static boolean isInChain(Operator operator) {
        return operator instanceof Operator.Filter
                || operator instanceof Operator.Map
                || operator instanceof Operator.FlatMap
                || operator instanceof Operator.EventTime;
    }

    private static <O extends Operator> @Nullable O find(Pipeline pipeline, Class<O> kind) {
        return pipeline.operators().stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .findFirst()
                .orElse(null);
    }

    private static <O extends Operator> O required(Pipeline pipeline, Class<O> kind) {
        O found = find(pipeline, kind);
        if (found == null) {
            throw new IllegalArgumentException("pipeline '" + pipeline.name() + "' has no "
                    + kind.getSimpleName().toLowerCase(java.util.Locale.ROOT));
        }
        return found;
    }

    String name() {
        return pipeline.name();
    }

    String sourceTopic() {
        return from.topic().name();
    }

    Aggregate<Object, Object, Object> aggregate() {
        if (aggregated == null) {
            throw new IllegalStateException("pipeline '" + name() + "' does not aggregate");
        }
        return aggregated.aggregate();
    }

    /** The name under which the state is found again. */
    String operatorWithState() {
        return aggregated == null ? name() : aggregated.name();
    }

    /**
     * The windows of an element, by end; none where there are no windows. Of sessions its own millisecond: that is what it
     * misses if it is late, and which session it is in depends on others.
     */
    List<Window> windowsOf(long timeMillis) {
        if (windowed == null) {
            return List.of();
        }
        return windowed.windowing() instanceof AlignedWindowing aligned
                ? aligned.windowsOf(timeMillis)
                : List.of(new Window(timeMillis, timeMillis + 1));
    }

    /** Null where windows are none, or no sessions. */
    @Nullable
    Session session() {
        return windowed != null && windowed.windowing() instanceof Session session ? session : null;
    }

    /** When a window no longer takes records in: its end and the allowed lateness. */
    long closesAt(Window window) {
        return window.endMillis() + latenessMillis();
    }

    /** How long after its end a window still takes records in. */
    long latenessMillis() {
        return windowed == null ? 0 : windowed.allowedLateness().toMillis();
    }

    /** How long a partition must have nothing to read before it no longer holds the others back. */
    long idleAfterMillis() {
        return eventTime == null ? 0 : eventTime.watermark().idleAfter().toMillis();
    }

    /** How far a partition's watermark is behind its newest event time. */
    long watermarkBound() {
        return eventTime == null ? 0 : eventTime.watermark().bound().toMillis();
    }
}
