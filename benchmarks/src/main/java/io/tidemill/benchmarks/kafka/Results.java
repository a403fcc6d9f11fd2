package io.tidemill.benchmarks.kafka;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All figures of all rounds, in the order in which they first came. */
final class Results {
    private final Map<Boolean, Map<Measure, Map<String, List<Double>>>> bySync = new LinkedHashMap<>();

    private record Measure(String name, String unit, boolean moreIsBetter) {}

    void add(boolean sync, String peer, Figure figure) {
        bySync.computeIfAbsent(sync, each -> new LinkedHashMap<>())
                .computeIfAbsent(
                        new Measure(figure.name(), figure.unit(), figure.moreIsBetter()), each -> new LinkedHashMap<>())
                .computeIfAbsent(peer, each -> new ArrayList<>())
                .add(figure.value());
    }

    void print(PrintStream out) {
        bySync.forEach((sync, measures) -> {
            out.printf("%n**Sync %s**%n%n", sync ? "on" : "off");
            out.println("| measure | unit | Kafka | Tidemill | Tidemill is better by |");
            out.println("| --- | --- | ---: | ---: | ---: |");
            measures.forEach((measure, peers) -> out.printf(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s |%n",
                    measure.name,
                    measure.unit,
                    cell(peers.get("Kafka")),
                    cell(peers.get("Tidemill")),
                    factor(measure, peers)));
        });
    }

    private static String cell(@Nullable List<Double> values) {
        if (values == null) {
            return "-";
        }
        List<Double> sorted = values.stream().sorted(Comparator.naturalOrder()).toList();
        String median = number(median(sorted));
        return sorted.size() == 1
                ? median
                : median + " (" + number(sorted.get(0)) + "–" + number(sorted.get(sorted.size() - 1)) + ")";
    }

    private static String factor(Measure measure, Map<String, List<Double>> peers) {
        List<Double> kafka = peers.get("Kafka");
        List<Double> tidemill = peers.get("Tidemill");
        if (kafka == null || tidemill == null) {
            return "-";
        }
        double ratio = median(tidemill) / median(kafka);
        return String.format(Locale.ROOT, "× %.2f", measure.moreIsBetter ? ratio : 1 / ratio);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted(Comparator.naturalOrder()).toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }
}
