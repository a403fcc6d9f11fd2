package io.tidemill.engine;

import java.time.Duration;

/** When the engine takes its next step. It decides how much a step holds, never what comes out. */
public sealed interface Trigger {
    /** As soon as there is something: one record when it is quiet, a hundred thousand when it is busy. */
    record Continuous() implements Trigger {}

    /** In micro-batches: everything that has come, once per period. */
    record Every(Duration period) implements Trigger {
        public Every {
            if (period.isNegative() || period.isZero()) {
                throw new IllegalArgumentException("a trigger's period is more than zero, not " + period);
            }
        }
    }

    static Trigger continuous() {
        return new Continuous();
    }

    static Trigger every(Duration period) {
        return new Every(period);
    }
}
