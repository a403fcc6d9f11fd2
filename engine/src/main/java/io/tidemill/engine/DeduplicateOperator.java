package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Mapper;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Row;
import io.tidemill.api.process.TimeDomain;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lets the first element of an id pass; keeps, by id, when that was, for as long as another would be a duplicate. */
record DeduplicateOperator(
        @Nullable Mapper<Object, Object> id, Codec<Object> idCodec, long boundMillis, List<Slot> slots)
        implements RowOperator {
    private static final byte[] KEY_IS_ID = {};

    static DeduplicateOperator of(Operator.Deduplicate operator) {
        // An element exactly the bound later is a duplicate still.
        long ttlMillis = operator.bound().toMillis() + 1;
        return new DeduplicateOperator(
                operator.id(),
                operator.idCodec(),
                operator.bound().toMillis(),
                List.of(Slot.inEventTime(
                        "passed", "times by " + operator.idCodec().format(), ttlMillis)));
    }

    @Override
    public void process(Row row, RowContext context) throws Exception {
        byte[] part = idOf(row.value());
        byte[] passed = context.get(0, part);
        if (passed != null && row.timeMillis() - new ByteSource(passed).readLong() <= boundMillis) {
            context.drop(OperatorCounts.DUPLICATE);
            return;
        }
        ByteSink time = new ByteSink(16);
        time.writeLong(row.timeMillis());
        context.put(0, part, time.toByteArray());
        context.emit(0, row.value());
    }

    private byte[] idOf(Object value) throws Exception {
        if (id == null) {
            return KEY_IS_ID;
        }
        Object itsId = id.apply(value);
        if (itsId == null) {
            throw new RecordFailure(FailureClass.DATA, RecordFailure.NO_KEY, "the id is null");
        }
        ByteSink sink = new ByteSink(32);
        idCodec.encode(itsId, sink);
        return sink.toByteArray();
    }

    @Override
    public String decode(ProcessPlan plan, int slot, byte[] part, byte[] value) throws Exception {
        return part.length == 0 ? "" : String.valueOf(idCodec.decode(part, 0, part.length));
    }

    @Override
    public void onTimer(TimeDomain domain, long timeMillis, RowContext context) {
        throw new IllegalStateException("no timer was set");
    }

    @Override
    public String lateRefusal() {
        return "what came first has passed: another first one cannot take its place";
    }
}
