package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.Early;
import io.tidemill.api.Mapper;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Result;
import io.tidemill.api.Session;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A pipeline taken apart into what a step needs. Immutable. */
final class CompiledPipeline {
    final Pipeline pipeline;
    final Operator.From from;
    final Codec<Object> sourceCodec;

    /** Filters, maps, flat maps and the event time, in order. */
    final List<Operator> chain;

    final @Nullable Watermark watermark;

    /** How far a partition's watermark is behind its newest event time. */
    final long boundMillis;

    final Operator.@Nullable KeyBy keyBy;
    final Operator.@Nullable Windowed windowed;
    final Operator.@Nullable Aggregated aggregated;
    final @Nullable Aggregate<Object, Object, Object> aggregate;

    /** Of the operator that keeps elements; null if none does. */
    final @Nullable ProcessPlan process;

    private final @Nullable Operator processed;
    final @Nullable Mapper<Result<Object, Object>, Object> mapResult;
    final Operator.To to;

    /** Null where there are no windows, or sessions. */
    final @Nullable AlignedWindowing aligned;

    /** Null where there are no sessions. */
    final @Nullable SessionRules sessions;

    final @Nullable Early early;
    final long latenessMillis;
    final long correctableMillis;

    /** Whether windows share their elements by slices. */
    final boolean isSliced;

    /** Stands in the state for the operator that keeps it. */
    final int operatorId;

    /** All that stood for it, by the names it had before and the one it has. */
    final Set<Integer> operatorIds;

    @SuppressWarnings("unchecked") // the builder has checked the types
    CompiledPipeline(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.from = (Operator.From) pipeline.operators().get(0);
        this.sourceCodec = (Codec<Object>) from.topic().codec();
        this.chain = pipeline.operators().stream()
                .filter(CompiledPipeline::isInChain)
                .toList();
        Operator.EventTime time = find(pipeline, Operator.EventTime.class);
        this.watermark = time == null ? null : time.watermark();
        this.boundMillis = time == null ? 0 : time.watermark().bound().toMillis();
        this.keyBy = find(pipeline, Operator.KeyBy.class);
        this.windowed = find(pipeline, Operator.Windowed.class);
        this.aggregated = find(pipeline, Operator.Aggregated.class);
        this.processed = findProcessed(pipeline);
        this.process = processed == null || keyBy == null
                ? null
                : ProcessPlans.of(
                        pipeline.name(),
                        processed,
                        keyBy.codec(),
                        time != null,
                        row -> RowOrigin.of(from.topic().name(), row));
        this.aggregate = process != null
                ? new RowAggregate(process.format())
                : aggregated == null ? null : aggregated.aggregate();
        Operator.MapResult mapping = find(pipeline, Operator.MapResult.class);
        this.mapResult = mapping == null ? null : mapping.mapper();
        Operator.To target = find(pipeline, Operator.To.class);
        if (target == null) {
            throw new IllegalArgumentException("pipeline '" + pipeline.name() + "' has no to(…)");
        }
        this.to = target;
        this.aligned =
                windowed != null && windowed.windowing() instanceof AlignedWindowing windowing ? windowing : null;
        this.sessions =
                windowed != null && windowed.windowing() instanceof Session session ? new SessionRules(session) : null;
        this.early = windowed == null ? null : windowed.early();
        this.operatorId =
                stateNames().isEmpty() ? 0 : StateFormat.operatorId(stateNames().get(0));
        this.operatorIds = stateNames().stream().map(StateFormat::operatorId).collect(Collectors.toUnmodifiableSet());
        this.latenessMillis = windowed == null ? 0 : windowed.allowedLateness().toMillis();
        this.correctableMillis =
                windowed == null ? 0 : windowed.correctableFor().toMillis();
        this.isSliced = aligned != null && !(aligned instanceof Tumbling) && latenessMillis == 0 && early == null;
    }

    private static @Nullable Operator findProcessed(Pipeline pipeline) {
        List<Operator> operators = pipeline.operators();
        for (int at = 0; at < operators.size(); at++) {
            if (ProcessPlans.operator(operators.get(at)) != null) {
                if (at != operators.size() - 2 || operators.get(at).kept().size() > 1) {
                    throw new IllegalArgumentException("pipeline '" + pipeline.name() + "': '"
                            + operators.get(at).name() + "' can have one input, and nothing but to(…) behind it");
                }
                return operators.get(at);
            }
        }
        return null;
    }

    /** Whether elements wait for their turn, so that they can be late. */
    boolean isOrdered() {
        return process != null && process.isOrdered();
    }

    private static boolean isInChain(Operator operator) {
        return operator instanceof Operator.Filter
                || operator instanceof Operator.Map
                || operator instanceof Operator.FlatMap
                || operator instanceof Operator.EventTime;
    }

    private static <O extends Operator> @Nullable O find(Pipeline pipeline, Class<O> kind) {
        for (Operator operator : pipeline.operators()) {
            if (kind.isInstance(operator)) {
                return kind.cast(operator);
            }
        }
        return null;
    }

    String name() {
        return pipeline.name();
    }

    /** The operator in which elements end: the window, the aggregate or the target. */
    String lastName() {
        return windowed != null ? windowed.name() : stateNames().isEmpty() ? to.name() : lastStatefulName();
    }

    /** The operator that keeps state; the pipeline itself where none does. */
    String lastStatefulName() {
        return stateNames().isEmpty() ? name() : stateNames().get(0);
    }

    String changelogTopic() {
        return name() + ".changelog";
    }

    String closedTopic() {
        return name() + ".closed";
    }

    boolean isAggregating() {
        return aggregate != null;
    }

    boolean isWindowed() {
        return windowed != null;
    }

    Aggregate<Object, Object, Object> requireAggregate() {
        if (aggregate == null) {
            throw new IllegalStateException("pipeline '" + name() + "' does not aggregate");
        }
        return aggregate;
    }

    Operator.KeyBy requireKeyBy() {
        if (keyBy == null) {
            throw new IllegalStateException("pipeline '" + name() + "' has no key");
        }
        return keyBy;
    }

    /** When a window no longer takes records in: its end and the allowed lateness. */
    long closesAt(Window window) {
        return window.endMillis() + latenessMillis;
    }

    /** An accumulator equal to this one, that shares nothing with it. */
    Object copy(Object accumulator) {
        ByteSink sink = new ByteSink();
        requireAggregate().write(accumulator, sink);
        return requireAggregate().read(new ByteSource(sink.array(), 0, sink.size()));
    }

    AlignedWindowing requireAligned() {
        if (aligned == null) {
            throw new IllegalStateException("pipeline '" + name() + "' has no windows");
        }
        return aligned;
    }

    /**
     * What the state depends on. State that was kept under another shape would be misread, so it is refused.
     */
    String shape() {
        return aggregate == null ? shapeBefore() : shapeUpTo(lastStatefulName()) + aggregate.format();
    }

    /** Whether state that was kept under {@code known} is this pipeline's own, as it is. */
    boolean continues(String known) {
        return aggregate == null
                ? known.equals(shape())
                : stateNames().stream().anyMatch(name -> known.equals(shapeUpTo(name) + aggregate.format()));
    }

    void requireContinues(String known) {
        if (!continues(known)) {
            throw new PipelineException("pipeline '" + name() + "' has state of another shape. It was: " + known
                    + ". It is: " + shape()
                    + ". Take a savepoint and restore it with the changed code ('tidemill savepoint check' tells what becomes"
                    + " of the state), run the changed pipeline under another name, or change it back");
        }
    }

    /** The names of the operator that keeps the state: the one it has, then those it had. Empty if there is none. */
    List<String> stateNames() {
        Operator stateful = processed == null ? aggregated : processed;
        return stateful == null
                ? List.of()
                : Stream.concat(Stream.of(stateful.name()), stateful.formerNames().stream())
                        .toList();
    }

    /** A shape as far as the aggregate's format. */
    String shapeUpTo(String operator) {
        return shapeBefore() + "; " + operator + " by ";
    }

    private String shapeBefore() {
        List<String> parts = new ArrayList<>();
        parts.add("from " + from.topic().name());
        if (keyBy != null) {
            parts.add("key " + keyBy.codec().format());
        }
        if (windowed != null) {
            parts.add(windowed.windowing().describe());
        }
        return String.join("; ", parts);
    }
}
