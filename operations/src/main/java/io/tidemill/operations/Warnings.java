package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.plan.Operator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is legal, but may not be what was meant. */
final class Warnings {
    private static final Duration AHEAD_SENSIBLE = Duration.ofDays(1);

    private final List<String> found = new ArrayList<>();

    private Warnings() {}

    static List<String> of(Pipeline pipeline) {
        Warnings warnings = new Warnings();
        List<Keeper> keepers = Keeper.of(pipeline);
        boolean hasWindows = keepers.stream().anyMatch(each -> each.windowed() != null);
        for (Operator operator : pipeline.operators()) {
            if (operator instanceof Operator.EventTime time) {
                warnings.lookAtTime(time.watermark(), hasWindows);
            }
        }
        for (Keeper keeper : keepers) {
            if (keeper.windowed() != null) {
                warnings.lookAtWindows(watermarks(pipeline, keeper.operator()), keeper.windowed());
            }
            if (keeper.operator() instanceof Operator.Aggregated aggregated) {
                warnings.lookAtState(aggregated, keeper.windowed() != null);
            }
        }
        return warnings.found.stream().distinct().toList();
    }

    /** By which what comes to the operator is judged. */
    private static List<Watermark> watermarks(Pipeline pipeline, Operator operator) {
        Set<Watermark> watermarks = new LinkedHashSet<>();
        collect(pipeline, pipeline.operators().indexOf(operator), watermarks);
        return List.copyOf(watermarks);
    }

    private static void collect(Pipeline pipeline, int place, Set<Watermark> watermarks) {
        for (int input : pipeline.inputsOf(place)) {
            if (pipeline.operators().get(input) instanceof Operator.EventTime time) {
                watermarks.add(time.watermark());
            }
            collect(pipeline, input, watermarks);
        }
    }

    private void lookAtTime(Watermark watermark, boolean hasWindows) {
        if (!hasWindows) {
            found.add("There is an event time but no window: the time only decides which records are too far ahead.");
        }
        if (watermark.aheadMax().compareTo(AHEAD_SENSIBLE) > 0) {
            found.add("aheadMax is " + Wording.of(watermark.aheadMax()) + ": a single wrong timestamp up to that far in"
                    + " the future makes everything after it late.");
        }
    }

    private void lookAtWindows(List<Watermark> watermarks, Operator.Windowed windowed) {
        if (windowed.windowing() instanceof Tumbling tumbling) {
            watermarks.forEach(each -> lookAtSize(each, windowed, tumbling.size()));
        }
        if (windowed.correctableFor().isZero()) {
            found.add("correctableFor is zero: late records can never be corrected and become dead letters.");
        }
        if (!windowed.allowedLateness().isZero()) {
            found.add("allowedLateness is " + Wording.of(windowed.allowedLateness())
                    + ": a window's result may come again, with a higher revision, until it has closed.");
        }
        if (windowed.early() != null) {
            found.add("There is " + Wording.of(windowed.early())
                    + ": early results depend on timing, unlike all others.");
        }
    }

    private void lookAtSize(Watermark watermark, Operator.Windowed windowed, Duration size) {
        if (watermark.bound().compareTo(size) > 0) {
            found.add("The watermark's bound (" + Wording.of(watermark.bound()) + ") is longer than a window ("
                    + Wording.of(size) + "): about " + (watermark.bound().dividedBy(size) + 1)
                    + " windows are open at a time, and results come that much later.");
        }
        if (!windowed.correctableFor().isZero() && windowed.correctableFor().compareTo(size) < 0) {
            found.add("correctableFor (" + Wording.of(windowed.correctableFor()) + ") is shorter than a window ("
                    + Wording.of(size) + "): the corrected results of one window must be asked for before the next one"
                    + " closes.");
        }
    }

    private void lookAtState(Operator.Aggregated aggregated, boolean hasWindows) {
        if (!hasWindows) {
            found.add("A running aggregate keeps an accumulator for every key that ever came: its state grows with the"
                    + " number of keys and never shrinks.");
        }
        if (aggregated.aggregate().getClass().isAnonymousClass()) {
            found.add(
                    "The aggregate of '" + aggregated.name() + "' is an anonymous class: its name changes when another"
                            + " one is written before it, and then its state is refused. Give it a class with a name.");
        }
    }
}
