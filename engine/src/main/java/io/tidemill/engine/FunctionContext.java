package io.tidemill.engine;

import io.tidemill.api.process.ListState;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.MapState;
import io.tidemill.api.process.MapStateDescriptor;
import io.tidemill.api.process.OutputTag;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.TimeDomain;
import io.tidemill.api.process.ValueState;
import io.tidemill.api.process.ValueStateDescriptor;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** What a user's function has at hand, of one call. */
final class FunctionContext implements ProcessContext<Object, Object> {
    private final RowContext context;
    private final List<String> outputs;
    private final Object key;

    FunctionContext(RowContext context, List<String> outputs) throws Exception {
        this.context = context;
        this.outputs = outputs;
        this.key = context.decodedKey();
    }

    @Override
    public Object key() {
        return key;
    }

    @Override
    public Instant time() {
        return Instant.ofEpochMilli(context.timeMillis());
    }

    @Override
    public Instant watermark() {
        return context.watermark == Long.MIN_VALUE ? Instant.MIN : Instant.ofEpochMilli(context.watermark);
    }

    @Override
    public Instant processingTime() {
        return Instant.ofEpochMilli(context.processingMillis);
    }

    @Override
    public <T> ValueState<T> state(ValueStateDescriptor<T> descriptor) {
        return new States.OfValue<>(context, place(descriptor), descriptor.codec());
    }

    @Override
    public <T> ListState<T> state(ListStateDescriptor<T> descriptor) {
        return new States.OfList<>(context, place(descriptor), descriptor.codec());
    }

    @Override
    public <A, B> MapState<A, B> state(MapStateDescriptor<A, B> descriptor) {
        return new States.OfMap<>(context, place(descriptor), descriptor.keyCodec(), descriptor.valueCodec());
    }

    private int place(StateDescriptor descriptor) {
        int place = context.place(descriptor.name());
        if (place < 0) {
            throw new IllegalArgumentException(
                    "the function has not declared the state '" + descriptor.name() + "': name it in states()");
        }
        String declared = context.plan().operator().slots().get(place).format();
        if (!declared.equals(descriptor.format())) {
            throw new IllegalArgumentException("the function has declared the state '" + descriptor.name() + "' as a "
                    + declared + ", not as a " + descriptor.format());
        }
        return place;
    }

    @Override
    public void setEventTimer(Instant time) {
        context.setTimer(TimeDomain.EVENT_TIME, time.toEpochMilli());
    }

    @Override
    public void cancelEventTimer(Instant time) {
        context.cancelTimer(TimeDomain.EVENT_TIME, time.toEpochMilli());
    }

    @Override
    public void setProcessingTimer(Instant time) {
        context.setTimer(TimeDomain.PROCESSING_TIME, time.toEpochMilli());
    }

    @Override
    public void cancelProcessingTimer(Instant time) {
        context.cancelTimer(TimeDomain.PROCESSING_TIME, time.toEpochMilli());
    }

    @Override
    public void collect(Object value) {
        context.emit(0, Objects.requireNonNull(value, "a result is not null"));
    }

    @Override
    public <X> void output(OutputTag<X> tag, X value) {
        int place = outputs.indexOf(tag.name());
        if (place < 0) {
            throw new IllegalArgumentException(
                    "the function has not declared the output '" + tag.name() + "': name it in outputs()");
        }
        context.emit(1 + place, Objects.requireNonNull(value, "a result is not null"));
    }
}
