package io.tidemill.engine;

import io.tidemill.api.Codec;
import io.tidemill.api.plan.KeyedFunction;
import io.tidemill.api.plan.Row;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.MapStateDescriptor;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.TimeDomain;
import io.tidemill.api.process.Timer;
import io.tidemill.api.process.ValueStateDescriptor;
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

    @Override
    public String decode(ProcessPlan plan, int slot, byte[] part, byte[] value) throws Exception {
        StateDescriptor state = function.states().get(slot);
        if (state instanceof ValueStateDescriptor<?> of) {
            return text(of.codec(), value);
        } else if (state instanceof ListStateDescriptor<?> of) {
            return text(of.codec(), value);
        } else if (state instanceof MapStateDescriptor<?, ?> of) {
            return text(of.keyCodec(), part) + "=" + text(of.valueCodec(), value);
        }
        throw new IllegalStateException("a state of an unknown kind");
    }

    private static String text(Codec<?> codec, byte[] bytes) throws Exception {
        return String.valueOf(codec.decode(bytes, 0, bytes.length));
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
