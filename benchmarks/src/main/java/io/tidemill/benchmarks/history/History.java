package io.tidemill.benchmarks.history;

import io.tidemill.benchmarks.history.Entry.Series;
import io.tidemill.benchmarks.history.Trend.Verdict;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Prints each figure's course and how the last recording of it compares with the median of those before it, on the same type of
 * machine, JDK and setting. Arguments: the file, then {@code --check} to end with 1 if a figure has become worse.
 */
public final class History {
    private static final int SHOWN_MAX = 8;

    private final Map<Series, List<Recorded>> courses = new LinkedHashMap<>();

    private record Recorded(Entry entry, Figure figure) {}

    History(List<Entry> entries) {
        for (Entry entry : entries) {
            for (Figure figure : entry.figures()) {
                courses.computeIfAbsent(entry.series(figure), each -> new ArrayList<>())
                        .add(new Recorded(entry, figure));
            }
        }
    }

    public static void main(String[] args) throws IOException {
        History history = new History(new HistoryFile(Path.of(args[0])).read());
        boolean checks = args.length > 1 && args[1].equals("--check");
        if (args.length > (checks ? 2 : 1)) {
            System.err.println("benchmarks/run history [--check]");
            System.exit(2);
        }
        boolean worse = history.print(new PrintStream(System.out, true, StandardCharsets.UTF_8));
        System.exit(checks && worse ? 1 : 0);
    }

    /** Whether a figure has become worse. */
    boolean print(PrintStream out) {
        boolean worse = false;
        String heading = "";
        for (Map.Entry<Series, List<Recorded>> each : courses.entrySet()) {
            Series series = each.getKey();
            String next = String.format(
                    "%n%s: %s%n  %s, JDK %s%n", series.job(), series.setting(), series.machine(), series.jdkFeature());
            if (!next.equals(heading)) {
                out.print(next);
                heading = next;
            }
            worse |= print(out, each.getValue());
        }
        return worse;
    }

    private static boolean print(PrintStream out, List<Recorded> course) {
        Recorded last = course.get(course.size() - 1);
        List<Figure> quiet = course.subList(0, course.size() - 1).stream()
                .filter(recorded -> !recorded.entry.noisy())
                .map(Recorded::figure)
                .toList();
        Trend trend = Trend.of(last.figure, last.entry.noisy(), quiet);
        out.printf(
                "    %-30s %s  %s%n", title(last.figure), values(course), judgement(trend, last.entry, quiet.size()));
        return trend.verdict() == Verdict.WORSE;
    }

    private static String title(Figure figure) {
        return figure.name() + ", " + figure.unit();
    }

    /** The last ones, oldest first; a noisy one has a tilde. */
    private static String values(List<Recorded> course) {
        StringBuilder text = new StringBuilder();
        for (Recorded each : course.subList(Math.max(0, course.size() - SHOWN_MAX), course.size())) {
            text.append(text.isEmpty() ? "" : " > ")
                    .append(each.entry.noisy() ? "~" : "")
                    .append(number(each.figure.value()));
        }
        return text.toString();
    }

    private static String judgement(Trend trend, Entry entry, int predecessors) {
        return switch (trend.verdict()) {
            case NEW ->
                "(" + predecessors + " before it: " + Trend.PREDECESSORS_MIN
                        + " are needed to tell a change from noise)";
            case NOISY -> String.format(Locale.ROOT, "(noisy: load %.1f; not judged)", entry.load());
            case STEADY, BETTER, WORSE ->
                String.format(
                        Locale.ROOT,
                        "%s: %+.1f %% (+ is better) against the median of %d, noise %.1f %%; commit %s",
                        trend.verdict() == Verdict.WORSE
                                ? "REGRESSION"
                                : trend.verdict().toString().toLowerCase(Locale.ROOT),
                        trend.change() * 100,
                        predecessors,
                        trend.noise() * 100,
                        entry.commit());
        };
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 1_000 ? "%,.0f" : value >= 10 ? "%.1f" : "%.3f", value);
    }
}
