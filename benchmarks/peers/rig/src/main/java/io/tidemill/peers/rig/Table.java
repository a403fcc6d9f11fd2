package io.tidemill.peers.rig;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The figures of a job's runs, peer by peer, as a Markdown table of medians with least and most. */
final class Table {
    private final Job job;
    private final List<Column> columns;
    private final Map<String, List<Map<String, Double>>> runs = new LinkedHashMap<>();
    private final Map<String, List<String>> failures = new LinkedHashMap<>();

    /**
     * @param figure the name of the figure in the runs
     * @param decimals digits after the point
     * @param compared whether the table says how much better ours is; at most one column is
     * @param moreIsBetter matters for a compared one
     */
    record Column(String title, String figure, int decimals, boolean compared, boolean moreIsBetter) {
        static Column of(String title, String figure, int decimals) {
            return new Column(title, figure, decimals, false, false);
        }
    }

    Table(Job job, List<Column> columns) {
        this.job = job;
        this.columns = columns;
    }

    void add(String peer, Map<String, Double> figures) {
        runs.computeIfAbsent(peer, each -> new ArrayList<>()).add(figures);
    }

    void fail(String peer, String why) {
        runs.computeIfAbsent(peer, each -> new ArrayList<>());
        failures.computeIfAbsent(peer, each -> new ArrayList<>()).add(why);
    }

    boolean hasFailures() {
        return !failures.isEmpty();
    }

    void print(PrintStream out, List<String> order) {
        out.printf("%n**%s: %s**%n%n| peer |", job, job.what());
        columns.forEach(
                column -> out.printf(" %s |%s", column.title, column.compared ? " Tidemill is better by |" : ""));
        out.printf(" runs |%n| --- |");
        columns.forEach(column -> out.printf(" ---: |%s", column.compared ? " ---: |" : ""));
        out.printf(" ---: |%n");
        Map<String, String> gaps = Peers.GAPS.getOrDefault(job, Map.of());
        gaps.keySet().forEach(peer -> out.printf("| %s | not measured yet |%n", peer));
        order.stream().filter(runs::containsKey).forEach(peer -> row(out, peer));
        gaps.forEach((peer, why) -> out.printf("%nNot measured yet: %s: %s%n", peer, why));
        failures.forEach((peer, whys) -> whys.forEach(why -> out.printf("%nFAILED: %s: %s%n", peer, why)));
    }

    private void row(PrintStream out, String peer) {
        out.printf("| %s |", peer);
        for (Column column : columns) {
            List<Double> values = values(peer, column);
            out.printf(" %s |", cell(values, column.decimals));
            if (column.compared) {
                out.printf(" %s |", factor(values, values(Peers.OURS, column), column.moreIsBetter));
            }
        }
        out.printf(" %d |%n", runs.get(peer).size());
    }

    private List<Double> values(String peer, Column column) {
        return runs.getOrDefault(peer, List.of()).stream()
                .map(run -> run.getOrDefault(column.figure, Double.NaN))
                .filter(value -> !value.isNaN())
                .sorted()
                .toList();
    }

    private static String cell(List<Double> sorted, int decimals) {
        if (sorted.isEmpty()) {
            return "–";
        }
        String median = number(median(sorted), decimals);
        return sorted.size() == 1
                ? median
                : median + " (" + number(sorted.get(0), decimals) + "–"
                        + number(sorted.get(sorted.size() - 1), decimals) + ")";
    }

    private static String factor(List<Double> theirs, List<Double> ours, boolean moreIsBetter) {
        if (theirs.isEmpty() || ours.isEmpty()) {
            return "–";
        }
        double ratio = median(ours) / median(theirs);
        return String.format(Locale.ROOT, "× %.2f", moreIsBetter ? ratio : 1 / ratio);
    }

    private static double median(List<Double> sorted) {
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static String number(double value, int decimals) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
