package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.Early;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Window;
import io.tidemill.api.plan.CellAggregate;
import io.tidemill.api.plan.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An operator that keeps state by key, with what belongs to it: its window, its keys, where its results go. Immutable. */
final class StagePlan {
    private final Pipeline pipeline;
    final int number;

    /** Of {@link #aggregated} among the pipeline's operators. */
    final int place;

    final Codec<Object> keyCodec;
    final Operator.@Nullable Windowed windowed;
    final Operator.Aggregated aggregated;
    final Aggregate<Object, Object, Object> aggregate;

    /** Whether elements come to it as rows, with their place. */
    final boolean keepsRows;

    /** Of an operator that keeps elements; null for an aggregate. */
    final @Nullable ProcessPlan process;

    /** Null where there are no windows, or sessions. */
    final @Nullable AlignedWindowing aligned;

    /** Null where there are no sessions. */
    final @Nullable SessionRules sessions;

    final @Nullable Early early;
    final long latenessMillis;
    final long correctableMillis;

    /** Whether windows share their elements by slices. */
    final boolean isSliced;

    /** What late records call it: nothing where there is no other. */
    final String lateName;

    /** Stands in the state for the operator that keeps it. */
    final int operatorId;

    /** All that stood for it, by the names it had before and the one it has. */
    final Set<Integer> operatorIds;

    /** Sources whose elements come to it without passing another stage. */
    final Set<Integer> sources;

    /** Stages whose results come to it. */
    final Set<Integer> upstreams;

    final ChainStep[] next;

    /** Where results go beside the main ones, by tag. */
    final List<ChainStep[]> sides;

    /** @param changing whether what comes in may be replaced or taken back, so that the aggregate is one over rows */
    StagePlan(
            Pipeline pipeline,
            boolean isOnly,
            int number,
            int place,
            Codec<Object> keyCodec,
            Operator.@Nullable Windowed windowed,
            Operator.Aggregated aggregated,
            boolean changing,
            @Nullable ProcessPlan process,
            Set<Integer> sources,
            Set<Integer> upstreams,
            ChainStep[] next,
            List<ChainStep[]> sides) {
        this.pipeline = pipeline;
        this.number = number;
        this.lateName = isOnly ? "" : aggregated.name();
        this.place = place;
        this.keyCodec = keyCodec;
        this.windowed = windowed;
        this.aggregated = aggregated;
        this.aggregate = aggregated.aggregate();
        this.process = process;
        Object folding = aggregate;
        this.keepsRows = changing || process != null || folding instanceof JoinAggregate;
        this.aligned =
                windowed != null && windowed.windowing() instanceof AlignedWindowing windowing ? windowing : null;
        this.sessions =
                windowed != null && windowed.windowing() instanceof Session session ? new SessionRules(session) : null;
        this.early = windowed == null ? null : windowed.early();
        this.operatorId = StateFormat.operatorId(aggregated.name());
        this.operatorIds = stateNames().stream().map(StateFormat::operatorId).collect(Collectors.toUnmodifiableSet());
        this.latenessMillis = windowed == null ? 0 : windowed.allowedLateness().toMillis();
        this.correctableMillis =
                windowed == null ? 0 : windowed.correctableFor().toMillis();
        this.isSliced = aligned != null && !(aligned instanceof Tumbling) && latenessMillis == 0 && early == null;
        this.sources = Set.copyOf(sources);
        this.upstreams = Set.copyOf(upstreams);
        this.next = next;
        this.sides = List.copyOf(sides);
    }

    /** Of the pipeline. */
    String name() {
        return pipeline.name();
    }

    /** The operator in which elements end: the window or the aggregate. */
    String lastName() {
        return windowed != null ? windowed.name() : aggregated.name();
    }

    /** The operator that keeps the state. */
    String statefulName() {
        return aggregated.name();
    }

    String changelogTopic() {
        return CompiledPipeline.changelogTopic(pipeline);
    }

    String closedTopic() {
        return CompiledPipeline.closedTopic(pipeline);
    }

    boolean isWindowed() {
        return windowed != null;
    }

    /** Whether elements wait for their turn, so that they can be late. */
    boolean isOrdered() {
        return process != null && process.isOrdered();
    }

    /** Whether elements can be late for it. */
    boolean hasLateness() {
        return isWindowed() || isOrdered();
    }

    /** All places where results go. */
    Stream<ChainStep> ways() {
        return Stream.concat(Arrays.stream(next), sides.stream().flatMap(Arrays::stream));
    }

    /** An aggregate whose accumulators are cells; null where they are objects. */
    @SuppressWarnings("unchecked") // it is only given the accumulators that it makes itself, as any aggregate
    static @Nullable CellAggregate<Object, Object> ofCells(Object aggregate) {
        return aggregate instanceof CellAggregate<?, ?> of ? (CellAggregate<Object, Object>) of : null;
    }

    /** When a window no longer takes records in: its end and the allowed lateness. */
    long closesAt(Window window) {
        return window.endMillis() + latenessMillis;
    }

    /** An accumulator equal to this one, that shares nothing with it. */
    Object copy(Object accumulator) {
        ByteSink sink = new ByteSink();
        aggregate.write(accumulator, sink);
        return aggregate.read(new ByteSource(sink.array(), 0, sink.size()));
    }

    AlignedWindowing requireAligned() {
        if (aligned == null) {
            throw new IllegalStateException("'" + aggregated.name() + "' of pipeline '" + name() + "' has no windows");
        }
        return aligned;
    }

    /** The names of the operator: the one it has, then those it had. */
    List<String> stateNames() {
        return Stream.concat(Stream.of(aggregated.name()), aggregated.formerNames().stream())
                .toList();
    }

    /** What the state depends on, as far as the operator's name. */
    String shapeBefore() {
        List<String> parts = new ArrayList<>();
        parts.add("key " + keyCodec.format());
        if (windowed != null) {
            parts.add(windowed.windowing().describe());
        }
        return String.join("; ", parts);
    }
}
