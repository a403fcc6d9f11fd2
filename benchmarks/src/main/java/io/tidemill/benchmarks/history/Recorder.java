package io.tidemill.benchmarks.history;

import io.tidemill.benchmarks.AppendBenchmark;
import io.tidemill.benchmarks.Children;
import io.tidemill.benchmarks.ColdStart;
import io.tidemill.benchmarks.ReadBenchmark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs our own jobs and adds their figures to the history. Arguments: the file, the commit, then {@code --quick} or {@code --only JOB,...}. */
public final class Recorder {
    private static final String USAGE = "benchmarks/run record [--quick] [--only bulk,latency,start,read,append]";

    private final HistoryFile file;
    private final String commit;
    private final Path work;
    private final double load = Machine.load();
    private final Size size;

    /** How much is done; figures of different sizes are not compared. */
    private record Size(
            long events, int runs, int latencyRuns, long rate, long warmUpSeconds, long seconds, int iterations) {
        static final Size FULL = new Size(5_000_000, 5, 3, 100_000, 20, 30, 5);
        static final Size QUICK = new Size(200_000, 3, 1, 10_000, 3, 3, 2);
    }

    private Recorder(HistoryFile file, String commit, Path work, Size size) throws IOException {
        this.file = file;
        this.commit = commit;
        this.work = work;
        this.size = size;
    }

    public static void main(String[] args) throws Exception {
        Size size = Size.FULL;
        List<String> jobs = List.of("bulk", "latency", "start", "read", "append");
        for (int i = 2; i < args.length; i++) {
            if (args[i].equals("--quick")) {
                size = Size.QUICK;
            } else if (args[i].equals("--only")
                    && i + 1 < args.length
                    && jobs.containsAll(List.of(args[i + 1].split(",")))) {
                jobs = List.of(args[++i].split(","));
            } else {
                System.err.println("there is no " + args[i] + ", or not so: " + USAGE);
                System.exit(2);
            }
        }
        Path work = Files.createTempDirectory("tidemill-record");
        try {
            new Recorder(new HistoryFile(Path.of(args[0])), args[1], work, size).record(jobs);
        } finally {
            Children.delete(work);
        }
    }

    private void record(List<String> jobs) throws IOException, InterruptedException, RunnerException {
        if (Machine.isNoisy(load)) {
            System.err.printf(
                    Locale.ROOT, "The load is %.1f: these figures are marked as noisy, and not judged.%n", load);
        }
        for (String job : jobs) {
            switch (job) {
                case "bulk" -> bulk();
                case "latency" -> latency();
                case "start" -> coldStart();
                case "read" -> jmh("read", ReadBenchmark.class, "ns");
                default -> jmh("append", AppendBenchmark.class, "us");
            }
        }
    }

    private void add(String job, String setting, List<Figure> figures) throws IOException {
        Entry entry = new Entry(
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                commit,
                Machine.type(work),
                Runtime.version().toString(),
                load,
                Machine.isNoisy(load),
                job,
                setting,
                figures);
        file.append(entry);
        System.out.println(job + ", " + setting);
        figures.forEach(figure -> System.out.printf(
                Locale.ROOT,
                "    %s %.3f %s (%.3f to %.3f)%n",
                figure.name(),
                figure.value(),
                figure.unit(),
                figure.least(),
                figure.most()));
    }

    private void bulk() throws IOException, InterruptedException {
        Path preloaded = work.resolve("preloaded");
        Children.java("-Xmx1g", "Preload", preloaded.toString(), String.valueOf(size.events));
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < size.runs; i++) {
            Path copy = work.resolve("bulk");
            Children.copy(preloaded, copy);
            lines.add(Children.java("-Xms2g", "-Xmx2g", "Bulk", copy.toString(), "2", "disk"));
            Children.delete(copy);
        }
        Children.delete(preloaded);
        add(
                "bulk",
                "events=" + size.events + " lanes=2 heap=2g durability=DISK runs=" + size.runs,
                List.of(
                        figure("throughput", "events/s", true, lines, line -> Children.number(line, "eventsPerSecond")),
                        figure(
                                "cpu",
                                "us/event",
                                false,
                                lines,
                                line -> Children.number(line, "cpuSeconds") * 1e6 / Children.number(line, "read"))));
    }

    private void latency() throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < size.latencyRuns; i++) {
            Path log = work.resolve("latency-" + i);
            lines.add(Children.java(
                    "-Xms1g",
                    "-Xmx1g",
                    "LatencyUnderLoad",
                    log.toString(),
                    String.valueOf(size.rate),
                    String.valueOf(size.warmUpSeconds),
                    String.valueOf(size.seconds),
                    "1",
                    "disk"));
            Children.delete(log);
        }
        List<Figure> figures = new ArrayList<>();
        for (String quantile : List.of("p50", "p99", "p999")) {
            figures.add(figure(quantile, "ms", false, lines, line -> Children.number(line, quantile + "Millis")));
        }
        figures.add(figure("cpu", "cores", false, lines, line -> Children.number(line, "cores")));
        add(
                "latency",
                "rate=" + size.rate + " warmUp=" + size.warmUpSeconds + "s seconds=" + size.seconds
                        + " lanes=1 heap=1g durability=DISK runs=" + size.latencyRuns,
                figures);
    }

    private void coldStart() throws IOException, InterruptedException {
        Path preloaded = work.resolve("preloaded-start");
        Children.java("-Xmx1g", "Preload", preloaded.toString(), String.valueOf(ColdStart.EVENTS));
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < size.runs; i++) {
            lines.add(Children.coldStart(preloaded, work.resolve("start")));
        }
        add(
                "start",
                "events=" + ColdStart.EVENTS + " lanes=1 heap=1g durability=DISK runs=" + size.runs,
                List.of(figure("firstResult", "ms", false, lines, line -> Children.number(line, "firstResultMillis"))));
    }

    private static Figure figure(
            String name, String unit, boolean moreIsBetter, List<String> lines, Function<String, Double> value) {
        return Figure.of(name, unit, moreIsBetter, lines.stream().map(value).toList());
    }

    private void jmh(String job, Class<?> benchmark, String unit) throws IOException, RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(benchmark.getName())
                        .verbosity(VerboseMode.SILENT)
                        .forks(1)
                        .warmupIterations(size.iterations)
                        .measurementIterations(size.iterations)
                        .measurementTime(TimeValue.seconds(1))
                        .warmupTime(TimeValue.seconds(1))
                        .build())
                .run();
        List<Figure> figures =
                results.stream().map(result -> figure(benchmark, unit, result)).toList();
        add(job, "iterations=" + size.iterations + " seconds=1", figures);
    }

    private static Figure figure(Class<?> benchmark, String unit, RunResult result) {
        String method =
                result.getParams().getBenchmark().substring(benchmark.getName().length() + 1);
        List<String> parameters = result.getParams().getParamsKeys().stream()
                .map(key -> result.getParams().getParam(key))
                .toList();
        String name = parameters.isEmpty() ? method : method + " " + String.join(" ", parameters);
        List<Double> iterations = result.getBenchmarkResults().iterator().next().getIterationResults().stream()
                .map(iteration -> iteration.getPrimaryResult().getScore())
                .toList();
        return Figure.of(name, unit, false, iterations);
    }
}
