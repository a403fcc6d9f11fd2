package io.tidemill.api;

import java.io.Serializable;
import java.time.Duration;

/**
 * When a window that is still open tells the answer so far.
 *
 * <p>Early results ({@link Pane#EARLY}) promise less than all others: how many come, and what each of them holds, depends on
 * when records arrive and how steps are cut. Their revision is {@link Result#EARLY_REVISION}. The final result comes all the
 * same, and no other result depends on whether there were early ones.
 */
public sealed interface Early extends Serializable {
    /**
     * So long after the last one, by the clock and not by event time, if elements have come since.
     *
     * @param period 1 ms to 36,500 days, in whole milliseconds
     */
    static Early every(Duration period) {
        return new Every(period);
    }

    /**
     * When that many elements have come to a key and window since the last one, or more where a step brings more at once.
     *
     * @param elements at least 1
     */
    static Early count(long elements) {
        return new Count(elements);
    }

    /** It in a few words, with what it promises. */
    String describe();

    /** By processing time. */
    record Every(Duration period) implements Early {
        public Every {
            Durations.requireSpan("the period of early results", period);
        }

        @Override
        public String describe() {
            return "an early result every " + period + " of processing time; early results depend on timing";
        }
    }

    /** By elements of a key and window. */
    record Count(long elements) implements Early {
        public Count {
            if (elements < 1) {
                throw new IllegalArgumentException("early results come after 1 element or more, not " + elements);
            }
        }

        @Override
        public String describe() {
            return "an early result after " + elements + (elements == 1 ? " element" : " elements")
                    + " of a key and window; early results depend on timing";
        }
    }
}
