package io.tidemill.operations;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import io.tidemill.engine.StateRecords;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An operator that keeps state by key.
 *
 * @param windowed null where it has no windows
 * @param ids what stands for it in keys of the state, and stood for the names that it had
 */
record Keeper(Operator operator, Operator.@Nullable Windowed windowed, Set<Integer> ids) {
    /** Kinds of records that an earlier version wrote, which knew one operator. */
    static final String KINDS_OF_VERSION_1 = "WAD";

    /** All of a pipeline, in its order. */
    static List<Keeper> of(Pipeline pipeline) {
        List<Keeper> all = new ArrayList<>();
        for (int place = 0; place < pipeline.operators().size(); place++) {
            Operator operator = pipeline.operators().get(place);
            if (operator.keepsState()) {
                all.add(new Keeper(operator, windowsOf(pipeline, place), ids(operator)));
            }
        }
        return all;
    }

    private static Operator.@Nullable Windowed windowsOf(Pipeline pipeline, int place) {
        Operator operator = pipeline.operators().get(place);
        if (operator instanceof Operator.Joined join) {
            return new Operator.Windowed(
                    join.name(), join.windowing(), join.allowedLateness(), join.correctableFor(), null);
        }
        Operator before = pipeline.operators().get(pipeline.inputsOf(place).get(0));
        return before instanceof Operator.Windowed windowed ? windowed : null;
    }

    private static Set<Integer> ids(Operator operator) {
        return Stream.concat(Stream.of(operator.name()), operator.formerNames().stream())
                .map(StateRecords::operatorId)
                .collect(Collectors.toUnmodifiableSet());
    }

    String name() {
        return operator.name();
    }

    /** What it keeps by key, in words. */
    String keeps() {
        return operator instanceof Operator.Aggregated aggregated
                ? Wording.kindOf(aggregated.aggregate()) + " accumulators"
                : operator instanceof Operator.Joined ? "rows of both sides" : "state";
    }

    /** Whether a record of the state with this key is the operator's. */
    boolean isIn(byte @Nullable [] key) {
        return key != null
                && key.length > 0
                && (KINDS_OF_VERSION_1.indexOf(key[0]) >= 0
                        || (key.length > Integer.BYTES
                                && ids.contains(
                                        ByteBuffer.wrap(key, 1, Integer.BYTES).getInt())));
    }

    /** Up to where its windows have closed, by the record that says how far the pipeline has come. */
    long closedUpTo(ByteSource position) {
        for (Map.Entry<Integer, Long> each : StateRecords.closedUpTo(position).entrySet()) {
            if (each.getKey() == 0 || ids.contains(each.getKey())) {
                return each.getValue();
            }
        }
        return Long.MIN_VALUE;
    }

    boolean hasAlignedWindows() {
        return windowed != null && !(windowed.windowing() instanceof Session);
    }

    /** The first window of that time; to be asked where windows are aligned. */
    Window windowOf(long timeMillis) {
        if (windowed != null && windowed.windowing() instanceof AlignedWindowing aligned) {
            return aligned.windowsOf(timeMillis).get(0);
        }
        throw new IllegalStateException("'" + name() + "' has no windows of the calendar");
    }

    /** When a window no longer takes records in. */
    long closesAt(Window window) {
        return window.endMillis()
                + (windowed == null ? 0 : windowed.allowedLateness().toMillis());
    }
}
