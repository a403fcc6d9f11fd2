package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import java.time.Duration;

/** Elements grouped by key and window. Immutable. */
public final class WindowedStream<K, T> {
    public static final Duration LATENESS_DEFAULT = Duration.ZERO;
    public static final Duration CORRECTABLE_FOR_DEFAULT = Duration.ofDays(7);

    private final Plan plan;

    WindowedStream(Plan plan) {
        this.plan = plan;
    }

    /**
     * How long after its end, by the watermark, a window still takes records in and emits updates (revisions) for them.
     * Zero to 100 years; zero unless set.
     */
    public WindowedStream<K, T> allowedLateness(Duration lateness) {
        requireRange("allowedLateness", lateness);
        Operator.Windowed window = window();
        return new WindowedStream<>(plan.instead(new Operator.Windowed(
                window.name(), window.windowing(), lateness, window.correctableFor(), window.early())));
    }

    /**
     * How far the watermark may be past a closed window's end (of sessions: past the element's time) while late records can
     * still be corrected. The accumulators are kept on disk for that long. Zero to 100 years; seven days unless set.
     */
    public WindowedStream<K, T> correctableFor(Duration horizon) {
        requireRange("correctableFor", horizon);
        Operator.Windowed window = window();
        return new WindowedStream<>(plan.instead(new Operator.Windowed(
                window.name(), window.windowing(), window.allowedLateness(), horizon, window.early())));
    }

    /**
     * Also tells the answers so far, of windows that have not closed. Those depend on timing; see {@link Early} for what they
     * promise. None unless set; set twice, the last one counts.
     */
    public WindowedStream<K, T> early(Early early) {
        Operator.Windowed window = window();
        return new WindowedStream<>(plan.instead(new Operator.Windowed(
                window.name(), window.windowing(), window.allowedLateness(), window.correctableFor(), early)));
    }

    /** One result per key and window, and another one each time the answer changes. */
    public <R> ResultStream<K, R> aggregate(Aggregate<? super T, ?, R> aggregate) {
        return ResultStream.of(plan, aggregate);
    }

    /** Gives the window a name of its own instead of the derived one. */
    public WindowedStream<K, T> as(String name) {
        return new WindowedStream<>(plan.named(name));
    }

    private Operator.Windowed window() {
        return (Operator.Windowed) plan.last();
    }

    static void requireRange(String what, Duration duration) {
        if (duration.isNegative() || duration.compareTo(Durations.MAX) > 0) {
            throw new IllegalArgumentException(what + " is zero to 100 years, not " + duration);
        }
    }
}
