package io.tidemill.engine;

import io.tidemill.api.plan.KeyedFunction;
import io.tidemill.api.plan.Row;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.TimeDomain;
import io.tidemill.api.process.Timer;
import java.time.Instant;
import java.util.List;

/** A user's function. */
record FunctionOperator(KeyedFunction function, List<Slot> slots, List<String> outputs) implements RowOperator {
    static FunctionOperator of(KeyedFunction function) {
        List<Slot> slots =
                function.states().stream().map(FunctionOperator::slot).toList();
        return new FunctionOperator(
                function,
                slots,
                function.outputs().stream().map(tag -> tag.name()).toList());
    }

    private static Slot slot(StateDescriptor descriptor) {
        return Slot.of(descriptor.name(), descriptor.format(), descriptor.ttl());
    }

    @Override
    public void process(Row row, RowContext context) throws Exception {
        function.process(row.input(), row.value(), new FunctionContext(context, outputs));
    }

    @Override
    public void onTimer(TimeDomain domain, long timeMillis, RowContext context) throws Exception {
        function.onTimer(new Timer(Instant.ofEpochMilli(timeMillis), domain), new FunctionContext(context, outputs));
    }

    /** It decides itself what becomes of rows that are behind: it can tell them by the watermark. */
    @Override
    public long behindMaxMillis() {
        return Long.MAX_VALUE;
    }

    @Override
    public String lateRefusal() {
        return "what a function has done cannot be corrected: it would have to be run again from the state before";
    }
}
