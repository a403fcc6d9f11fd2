package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Alignment;
import io.tidemill.api.Codec;
import io.tidemill.api.Mapper;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Result;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.plan.Operator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A pipeline taken apart into what a step needs. Immutable. */
final class CompiledPipeline {
    final Pipeline pipeline;
    final Operator.From from;
    final Codec<Object> sourceCodec;

    /** Filters, maps, flat maps and the event time, in order. */
    final List<Operator> chain;

    final @Nullable Watermark watermark;
    final Operator.@Nullable KeyBy keyBy;
    final Operator.@Nullable Windowed windowed;
    final Operator.@Nullable Aggregated aggregated;
    final @Nullable Aggregate<Object, Object, Object> aggregate;
    final @Nullable Mapper<Result<Object, Object>, Object> mapResult;
    final Operator.To to;
    final long windowMillis;
    final long latenessMillis;
    final long correctableMillis;

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
        this.keyBy = find(pipeline, Operator.KeyBy.class);
        this.windowed = find(pipeline, Operator.Windowed.class);
        this.aggregated = find(pipeline, Operator.Aggregated.class);
        this.aggregate = aggregated == null ? null : aggregated.aggregate();
        Operator.MapResult mapping = find(pipeline, Operator.MapResult.class);
        this.mapResult = mapping == null ? null : mapping.mapper();
        Operator.To target = find(pipeline, Operator.To.class);
        if (target == null) {
            throw new IllegalArgumentException("pipeline '" + pipeline.name() + "' has no to(…)");
        }
        this.to = target;
        this.windowMillis = windowed == null ? 0 : windowMillis(windowed);
        this.latenessMillis = windowed == null ? 0 : windowed.allowedLateness().toMillis();
        this.correctableMillis =
                windowed == null ? 0 : windowed.correctableFor().toMillis();
    }

    private static long windowMillis(Operator.Windowed windowed) {
        if (windowed.windowing() instanceof Tumbling tumbling
                && tumbling.alignment().equals(Alignment.epoch())
                && windowed.early() == null) {
            return tumbling.size().toMillis();
        }
        throw new IllegalArgumentException(
                "this engine has tumbling windows aligned to the epoch, without early results; '"
                        + windowed.name() + "' has " + windowed.windowing().describe()
                        + (windowed.early() == null
                                ? ""
                                : ", with " + windowed.early().describe()));
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
        return windowed != null ? windowed.name() : aggregated != null ? aggregated.name() : to.name();
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

    long windowStart(long timeMillis) {
        return Math.floorDiv(timeMillis, windowMillis) * windowMillis;
    }

    /**
     * What the state depends on. State that was kept under another shape would be misread, so it is refused.
     */
    String shape() {
        List<String> parts = new ArrayList<>();
        parts.add("from " + from.topic().name());
        if (keyBy != null) {
            parts.add("key " + keyBy.codec().format());
        }
        if (windowed != null) {
            parts.add(windowed.windowing().describe());
        }
        if (aggregated != null) {
            parts.add(aggregated.name() + " by " + aggregated.aggregate().format());
        }
        return String.join("; ", parts);
    }
}
