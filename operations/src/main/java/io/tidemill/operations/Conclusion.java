package io.tidemill.operations;

import io.tidemill.operations.Advice.Candidate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What follows from the figures, in plain words. */
final class Conclusion {
    private final Candidate inForce;
    private final Candidate recommended;
    private final Candidate smallest;
    private final Duration p99;
    private final List<String> sentences = new ArrayList<>();

    private Conclusion(Candidate inForce, Candidate recommended, Candidate smallest, Duration p99) {
        this.inForce = inForce;
        this.recommended = recommended;
        this.smallest = smallest;
        this.p99 = p99;
    }

    static List<String> of(Candidate inForce, Candidate recommended, Candidate smallest, Duration p99) {
        Conclusion conclusion = new Conclusion(inForce, recommended, smallest, p99);
        conclusion.rule();
        conclusion.compare();
        conclusion.smallest();
        return List.copyOf(conclusion.sentences);
    }

    private void rule() {
        sentences.add(
                p99.isZero()
                        ? "99 of 100 elements come in order: no bound is needed for them."
                        : "99 of 100 elements are at most " + Wording.of(p99)
                                + " behind the newest of their partition. Twice that, rounded up, is a bound of "
                                + Wording.of(recommended.bound()) + ".");
    }

    private void compare() {
        String now = "The bound in force, " + Wording.of(inForce.bound()) + ", makes " + late(inForce);
        if (inForce.bound().equals(recommended.bound())) {
            sentences.add(now + ". It is what is recommended: leave it.");
            return;
        }
        sentences.add(now + "; " + Wording.of(recommended.bound()) + " would make " + late(recommended) + ".");
        Duration longer = recommended.bound().minus(inForce.bound());
        sentences.add("With " + Wording.of(recommended.bound()) + " results come " + Wording.of(longer.abs())
                + (longer.isNegative() ? " earlier" : " later") + ", and " + state() + ".");
    }

    private static String late(Candidate candidate) {
        return percent(candidate.lateShare()) + " of records late (" + count(candidate.lateRecords()) + ")";
    }

    private String state() {
        long more = recommended.accumulatorsPeak() - inForce.accumulatorsPeak();
        if (more == 0) {
            return "no more accumulators are open at the peak";
        }
        return "about " + count(rough(Math.abs(more))) + (more < 0 ? " fewer" : " more")
                + " accumulators are open at the peak ("
                + bytes(Math.abs(recommended.bytesPeak() - inForce.bytesPeak())) + ")";
    }

    private void smallest() {
        if (smallest.bound().compareTo(recommended.bound()) < 0) {
            sentences.add("Windows give slack: with these, " + Wording.of(smallest.bound())
                    + " already keeps 99 of 100 records on time (" + percent(smallest.lateShare()) + " late). "
                    + "What is late in spite of a bound is not lost: 'tidemill correct' folds it in.");
        }
    }

    /** To two digits. */
    static long rough(long number) {
        long unit = 1;
        while (number / unit >= 100) {
            unit *= 10;
        }
        return (number + unit / 2) / unit * unit;
    }

    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** To two digits: {@code 7.4 %}, {@code 0.031 %}. */
    static String percent(double share) {
        double percent = share * 100;
        if (percent == 0) {
            return "0 %";
        }
        int decimals = percent >= 10 ? 0 : Math.min(6, 1 - (int) Math.floor(Math.log10(percent)));
        return String.format(Locale.ROOT, "%." + decimals + "f %%", percent);
    }

    static String bytes(long bytes) {
        if (bytes < 1 << 10) {
            return bytes + " B";
        }
        return bytes < 1 << 20
                ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
                : String.format(Locale.ROOT, "%.1f MiB", bytes / 1024.0 / 1024.0);
    }
}
