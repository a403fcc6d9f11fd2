package io.tidemill.operations;

import io.tidemill.api.Tumbling;
import io.tidemill.api.Window;
import io.tidemill.api.Windowing;
import io.tidemill.api.plan.Operator;
import java.util.List;

/** The windows of an event time, as far as lateness and open state depend on them. */
@FunctionalInterface
interface WindowAssigner {
    /**
     * The windows that an element of this time is on time for, or late. It is late for those whose end and allowed lateness
     * its partition's watermark has reached. At least one.
     */
    List<Window> windowsOf(long timeMillis);

    /** The windows of which an on-time element of this time keeps an accumulator open, until the watermark is at their end. */
    default List<Window> heldFor(long timeMillis) {
        return windowsOf(timeMillis);
    }

    static WindowAssigner of(Operator.Windowed windowed) {
        Windowing windowing = windowed.windowing();
        if (windowing instanceof Tumbling tumbling) {
            return time -> List.of(tumbling.windowOf(time));
        }
        throw new AdviceException("there is no advice for " + windowing.describe() + " yet");
    }
}
