package io.tidemill.api.process;

import java.time.Instant;

/**
 * What a function has at hand while it is called: the key, its state and timers, and where results go. Valid during the call
 * only, on its thread.
 *
 * @param <K> the key
 * @param <R> what the function emits
 */
public interface ProcessContext<K, R> {
    K key();

    /** When the element happened, or for when the timer was set. Results happen then, too; those of a processing-time timer at the watermark. */
    Instant time();

    /**
     * How far event time has come, as this operator knows; {@link Instant#MIN} before it is known. How far it is ahead of
     * {@link #time} depends on the steps in which the pipeline ran: what is made of it may differ from run to run.
     */
    Instant watermark();

    /** The machine's clock when the step began. */
    Instant processingTime();

    /** Throws {@link IllegalArgumentException} if the function has not declared it. */
    <T> ValueState<T> state(ValueStateDescriptor<T> descriptor);

    /** Throws {@link IllegalArgumentException} if the function has not declared it. */
    <T> ListState<T> state(ListStateDescriptor<T> descriptor);

    /** Throws {@link IllegalArgumentException} if the function has not declared it. */
    <A, B> MapState<A, B> state(MapStateDescriptor<A, B> descriptor);

    /**
     * Sets a timer in event time. It goes off after all elements of the key that happened at {@code time} or before. One for a
     * time that has passed goes off after the elements of this very millisecond; when it is a timer that sets it, a
     * millisecond later. Throws {@link IllegalStateException} where there is no event time, or the key has too many.
     */
    void setEventTimer(Instant time);

    /** Does nothing if it is not set. */
    void cancelEventTimer(Instant time);

    /**
     * Sets a timer by the machine's clock; it goes off with the first step that begins at {@code time} or later. Throws
     * {@link IllegalStateException} if the key has too many.
     */
    void setProcessingTimer(Instant time);

    /** Does nothing if it is not set. */
    void cancelProcessingTimer(Instant time);

    /** Emits a result. */
    void collect(R value);

    /** Emits a result beside the main ones. Throws {@link IllegalArgumentException} if the function has not declared it. */
    <X> void output(OutputTag<X> tag, X value);
}
