package io.tidemill.engine;

import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.plan.Row;
import io.tidemill.api.process.ProcessOptions;
import io.tidemill.api.process.ProcessOrder;
import io.tidemill.engine.RowOperator.Slot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a lane of rows needs to know of its operator. Immutable.
 *
 * @param inputs how rows are kept, by input; null where they are not
 * @param hasEventTime whether rows have a time that the watermark tells of
 * @param origin tells where a row comes from, for dead letters
 */
record ProcessPlan(
        String pipeline,
        String name,
        RowOperator operator,
        Codec<Object> keyCodec,
        List<Input> inputs,
        ProcessOptions options,
        boolean hasEventTime,
        Function<Row, DeadLetter.Origin> origin) {

    /** One input. */
    record Input(@Nullable Codec<Object> codec) {
        Codec<Object> require() {
            if (codec == null) {
                throw new IllegalStateException("the elements of the input are not kept");
            }
            return codec;
        }
    }

    boolean isOrdered() {
        return options.order() == ProcessOrder.EVENT_TIME;
    }

    Codec<Object> codec(int input) {
        return inputs.get(input).require();
    }

    /** What the state depends on. */
    String format() {
        List<String> parts = new ArrayList<>();
        for (Input input : inputs) {
            parts.add("rows" + (input.codec == null || !isOrdered() ? "" : " of " + input.codec.format()));
        }
        for (Slot slot : operator.slots()) {
            parts.add(slot.name() + ": " + slot.format());
        }
        return String.join(RowAggregate.PART, parts);
    }

    /** The places of the states by their ids. */
    Map<Long, Integer> slotPlaces() {
        Map<Long, Integer> places = new HashMap<>();
        for (int i = 0; i < operator.slots().size(); i++) {
            Integer other = places.put(RowKeys.slotId(operator.slots().get(i).name()), i);
            if (other != null) {
                throw new PipelineException("two states of '" + name + "' have the same id in the state: rename '"
                        + operator.slots().get(i).name() + "'");
            }
        }
        return places;
    }
}
