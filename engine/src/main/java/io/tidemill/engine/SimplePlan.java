package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Early;
import io.tidemill.api.Watermark;
import io.tidemill.api.plan.Operator;
import io.tidemill.engine.savepoint.SavepointException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A pipeline with one source, one end, and at most one operator that keeps state: what savepoints are made of so far. Immutable. */
final class SimplePlan {
    final CompiledPipeline compiled;
    final Operator.From from;
    final @Nullable Watermark watermark;
    final long boundMillis;
    final Operator.@Nullable KeyBy keyBy;
    final Operator.@Nullable Windowed windowed;
    final Operator.@Nullable Aggregated aggregated;
    final @Nullable Early early;
    final boolean isSliced;
    final int operatorId;
    final Set<Integer> operatorIds;
    private final @Nullable StagePlan stage;

    SimplePlan(CompiledPipeline pipeline) {
        if (!pipeline.isSimple()) {
            throw new SavepointException(
                    "pipeline '" + pipeline.name() + "' has several sources, ends or operators that"
                            + " keep state, of which no savepoint can be made yet: run the changed code under another name, from the"
                            + " start of the topics");
        }
        this.compiled = pipeline;
        this.stage = pipeline.onlyStage();
        this.from = (Operator.From) pipeline.pipeline.operators().get(pipeline.sources.get(0).place);
        this.watermark = pipeline.sources.get(0).watermark;
        this.boundMillis = pipeline.sources.get(0).boundMillis;
        this.keyBy = pipeline.pipeline.operators().stream()
                .filter(Operator.KeyBy.class::isInstance)
                .map(Operator.KeyBy.class::cast)
                .findFirst()
                .orElse(null);
        this.windowed = stage == null ? null : stage.windowed;
        this.aggregated = stage == null ? null : stage.aggregated;
        this.early = stage == null ? null : stage.early;
        this.isSliced = stage != null && stage.isSliced;
        this.operatorId = stage == null ? 0 : stage.operatorId;
        this.operatorIds = stage == null ? Set.of() : stage.operatorIds;
    }

    static SavepointException notSimple(String pipeline) {
        return new SavepointException(
                "pipeline '" + pipeline + "' has several sources, ends or operators that keep state,"
                        + " of which no savepoint can be made yet: run the changed code under another name, from the start of the"
                        + " topics");
    }

    String name() {
        return compiled.name();
    }

    String changelogTopic() {
        return compiled.changelogTopic();
    }

    String closedTopic() {
        return compiled.closedTopic();
    }

    String shape() {
        return compiled.shape();
    }

    String shapeUpTo(String operator) {
        return compiled.shapeUpTo(operator);
    }

    /** The names of the operator that keeps the state: the one it has, then those it had. Empty if there is none. */
    List<String> stateNames() {
        return stage == null ? List.of() : stage.stateNames();
    }

    /** The operator that keeps the state; the pipeline itself where none does. */
    String lastStatefulName() {
        return stage == null ? name() : stage.statefulName();
    }

    Aggregate<Object, Object, Object> requireAggregate() {
        if (stage == null) {
            throw new IllegalStateException("pipeline '" + name() + "' does not aggregate");
        }
        return stage.aggregate;
    }

    Operator.KeyBy requireKeyBy() {
        if (keyBy == null) {
            throw new IllegalStateException("pipeline '" + name() + "' has no key");
        }
        return keyBy;
    }
}
