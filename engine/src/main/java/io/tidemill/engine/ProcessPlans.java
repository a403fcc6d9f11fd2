package io.tidemill.engine;

import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Row;
import io.tidemill.api.process.ProcessOptions;
import io.tidemill.api.process.TimeDomain;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes the plans of operators that keep elements. */
final class ProcessPlans {
    /** What the engine's own operators may have: each kept element has a timer or two. */
    private static final ProcessOptions OWN =
            ProcessOptions.defaults().rowsPerKeyMax(10_000_000).timersPerKeyMax(10_000_000);

    private ProcessPlans() {}

    /** Null if the operator is of another kind. */
    static @Nullable RowOperator operator(Operator operator) {
        if (operator instanceof Operator.Processed processed) {
            return FunctionOperator.of(processed.function());
        } else if (operator instanceof Operator.Deduplicate deduplicate) {
            return DeduplicateOperator.of(deduplicate);
        } else if (operator instanceof Operator.IntervalJoin join) {
            return IntervalJoinOperator.of(join);
        } else if (operator instanceof Operator.Enrich enrich) {
            return EnrichOperator.of(enrich);
        }
        return null;
    }

    static ProcessPlan of(
            String pipeline,
            Operator operator,
            Codec<Object> keyCodec,
            boolean hasEventTime,
            Function<Row, DeadLetter.Origin> origin) {
        RowOperator rows = operator(operator);
        if (rows == null) {
            throw new IllegalStateException("'" + operator.name() + "' is of an unknown kind");
        }
        for (RowOperator.Slot slot : rows.slots()) {
            if (!hasEventTime && slot.expires() && slot.domain() == TimeDomain.EVENT_TIME) {
                throw new PipelineException("the state '" + slot.name() + "' of '" + operator.name()
                        + "' expires by event time, which the stream does not have: call eventTime(…) before keyBy(…), or"
                        + " use Ttl.processingTime(…)");
            }
        }
        ProcessOptions options = operator instanceof Operator.Processed processed ? processed.options() : OWN;
        return new ProcessPlan(
                pipeline,
                operator.name(),
                rows,
                keyCodec,
                operator.kept().stream()
                        .map(kept -> new ProcessPlan.Input(kept.codec()))
                        .toList(),
                options,
                hasEventTime,
                origin);
    }
}
