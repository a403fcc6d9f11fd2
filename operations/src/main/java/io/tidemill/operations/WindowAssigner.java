package io.tidemill.operations;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Session;
import io.tidemill.api.Window;
import io.tidemill.api.Windowing;
import io.tidemill.api.plan.Operator;
import java.util.List;

/** The windows of an event time, as far as lateness and open state depend on them. */
interface WindowAssigner {
    /**
     * The windows that an element of this time may be late for: those whose end and allowed lateness its partition's
     * watermark has reached. At least one.
     */
    List<Window> windowsOf(long timeMillis);

    /**
     * The span whose accumulator an element of this time is folded into, unless it is late for all of its windows. It is
     * held until the watermark has reached its end and the allowed lateness.
     */
    Window heldFor(long timeMillis);

    static WindowAssigner of(Operator.Windowed windowed) {
        Windowing windowing = windowed.windowing();
        if (windowing instanceof Session session) {
            return sessions(session.gap().toMillis());
        }
        return aligned((AlignedWindowing) windowing);
    }

    private static WindowAssigner aligned(AlignedWindowing windowing) {
        return new WindowAssigner() {
            @Override
            public List<Window> windowsOf(long timeMillis) {
                return windowing.windowsOf(timeMillis);
            }

            @Override
            public Window heldFor(long timeMillis) {
                return new Window(windowing.sliceStart(timeMillis), windowing.lastEnd(timeMillis));
            }
        };
    }

    /**
     * An element is late for a session when its time is before the watermark, less the allowed lateness: its window is its
     * own millisecond. What is held is counted by stretches as long as the gap, so a session that is longer counts as
     * several.
     */
    static WindowAssigner sessions(long gapMillis) {
        return new WindowAssigner() {
            @Override
            public List<Window> windowsOf(long timeMillis) {
                return List.of(new Window(timeMillis, timeMillis + 1));
            }

            @Override
            public Window heldFor(long timeMillis) {
                long start = Math.floorDiv(timeMillis, gapMillis) * gapMillis;
                return new Window(start, start + 2 * gapMillis);
            }
        };
    }
}
