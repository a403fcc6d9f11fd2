package io.tidemill.api;

import java.io.Serializable;

/**
 * Says how far a partition has come in event time, where that is more than its newest element tells: because some elements
 * are markers, because a source is known to be in order, or because it tells its own delay.
 *
 * <pre>{@code
 * orders.eventTime(Order::at, Watermark.outOfOrderBy(Duration.ZERO), (order, timeMillis, progress) -> {
 *     if (order.isMarker()) {
 *         progress.advanceTo(timeMillis); // all before the marker are here
 *     }
 * });
 * }</pre>
 *
 * <p>It must be a function of what it is given, without clocks, randomness or fields that change: what is late is then decided by the
 * order of the log alone, live and replayed. What it needs to remember it keeps in {@link Progress#state}, which is committed with each
 * step, and found again as it was.
 *
 * <p>One generator serves all partitions of its source, from several threads, each with a progress of its own: it must be
 * thread-safe. What it throws makes the record a dead letter of class {@link FailureClass#CODE}; such a record, as any other that
 * becomes a dead letter, has not moved the watermark or changed the state.
 */
@FunctionalInterface
public interface WatermarkGenerator<T> extends Serializable {
    /** How many numbers a partition can remember. */
    int STATE_MAX = 64;

    /**
     * Called for each element that gets its event time, in the order of the partition, also if it is filtered later. Must not block.
     * Lateness of a record's elements is judged by the watermark before the record, so what is said here holds from the next one on.
     */
    void onElement(T element, long timeMillis, Progress progress) throws Exception;

    /** What a partition remembers before its first element: at most {@value #STATE_MAX} numbers. Always the same. */
    default long[] initialState() {
        return new long[0];
    }

    /** How far a partition has come. Only to be used during the call that it was given to. */
    interface Progress {
        /** Says that a partition has no progress yet. */
        long NONE = Long.MIN_VALUE;

        /** The furthest that was said, for any element before; {@link #NONE} if nothing was. */
        long atMillis();

        /**
         * Says that elements that happened before {@code millis} are here: the watermark is the bound of {@link Watermark} behind
         * that. One that happened at {@code millis} itself is still expected. What was said before is never taken back: less than
         * {@link #atMillis} changes nothing. More than {@link Watermark#aheadMax} after the record's append makes it a dead letter
         * ({@code TIMESTAMP_AHEAD}). What is before the year -9999 is ignored; after 9999 it throws
         * {@link IllegalArgumentException}.
         */
        void advanceTo(long millis);

        /**
         * One of the numbers that the partition remembers, from 0; at first as in {@link #initialState}. Throws
         * {@link IndexOutOfBoundsException} where that has no such number.
         */
        long state(int index);

        /** Remembers {@code value} in place of what was there. */
        void state(int index, long value);
    }
}
