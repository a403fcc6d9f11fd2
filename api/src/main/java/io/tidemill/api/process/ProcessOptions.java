package io.tidemill.api.process;

import java.io.Serializable;

/**
 * How a function is run. Immutable.
 *
 * @param rowsPerKeyMax how many elements of one key may wait for their turn, 1 to 100 million; with more, the pipeline ends
 *     with an error that names the key's operator, before anything is lost. 1 million unless set
 * @param timersPerKeyMax how many timers one key may have, 1 to 10 million; setting one more throws. 100,000 unless set
 */
public record ProcessOptions(ProcessOrder order, int rowsPerKeyMax, int timersPerKeyMax) implements Serializable {
    private static final int ROWS_PER_KEY_LIMIT = 100_000_000;
    private static final int TIMERS_PER_KEY_LIMIT = 10_000_000;

    public ProcessOptions {
        requireRange("rowsPerKeyMax", rowsPerKeyMax, ROWS_PER_KEY_LIMIT);
        requireRange("timersPerKeyMax", timersPerKeyMax, TIMERS_PER_KEY_LIMIT);
    }

    public static ProcessOptions defaults() {
        return new ProcessOptions(ProcessOrder.EVENT_TIME, 1_000_000, 100_000);
    }

    public ProcessOptions order(ProcessOrder newOrder) {
        return new ProcessOptions(newOrder, rowsPerKeyMax, timersPerKeyMax);
    }

    public ProcessOptions rowsPerKeyMax(int rows) {
        return new ProcessOptions(order, rows, timersPerKeyMax);
    }

    public ProcessOptions timersPerKeyMax(int timers) {
        return new ProcessOptions(order, rowsPerKeyMax, timers);
    }

    private static void requireRange(String what, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(what + " is 1 to " + max + ", not " + value);
        }
    }
}
