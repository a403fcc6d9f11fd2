package io.tidemill.api.plan;

import io.tidemill.api.Aggregate;

/**
 * An aggregate whose accumulators hold encoded values that only its result decodes. State that is to be taken over is tried
 * by it: the result itself may fail for reasons that say nothing of the values, such as that there are too many.
 */
public interface KeptValues<A> {
    /** Decodes each value that is held, and throws what the codec throws. Leaves the accumulator as it is. */
    void tryValues(A accumulator) throws Exception;

    /** Tries the values of an accumulator of {@code aggregate}, if it holds any. */
    @SuppressWarnings("unchecked") // an aggregate tries the accumulators that are its own
    static <A> void tryOf(Aggregate<?, A, ?> aggregate, A accumulator) throws Exception {
        if (aggregate instanceof KeptValues<?> kept) {
            ((KeptValues<A>) kept).tryValues(accumulator);
        }
    }
}
