package io.tidemill.cli.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Pipeline;
import io.tidemill.cli.demo.LatencyReader.Latencies;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Progress;
import io.tidemill.cli.output.Summary;
import io.tidemill.cli.output.Table;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.pipelines.Backlog;
import io.tidemill.cli.pipelines.UntilEnd;
import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineRun;
import io.tidemill.examples.PageViewsLive;
import io.tidemill.examples.RunningPageViews;
import io.tidemill.log.Log;
import io.tidemill.log.TopicConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Synthetic page views at a given rate: two pipelines run while the events come, and a reader notes the latency. */
public final class LiveDemo {
    private static final String TOPIC = "page-views";
    private static final int PARTITIONS = 4;
    private static final Duration WARM_UP_MAX = Duration.ofSeconds(5);
    private static final int WATCH_MILLIS = 50;

    /** How much of the rate must be reached, and how soon after the end all must be read, for the rate to be held. */
    private static final double HELD = 0.99;

    private static final long BEHIND_NANOS_MAX = 1_000_000_000;
    private static final long DRAIN_NANOS_MAX = 600_000_000_000L;

    private final Log log;
    private final Path directory;
    private final int rate;
    private final int seconds;
    private final Output output;
    private final Phases phases;

    public LiveDemo(Log log, Path directory, int rate, int seconds, Output output) {
        this.log = log;
        this.directory = directory;
        this.rate = rate;
        this.seconds = seconds;
        this.output = output;
        this.phases = new Phases(log, output);
    }

    /**
     * What came of the live part.
     *
     * @param appendedPerSecond reached by the producer
     * @param behindNanos how long after the last event was due both pipelines had read all
     */
    private record Live(long appended, double appendedPerSecond, long behindNanos, Latencies latencies) {}

    /** Returns the exit code. */
    public int run() throws InterruptedException {
        long start = System.nanoTime();
        Pipeline windows = PageViewsLive.pipeline();
        Pipeline running = RunningPageViews.pipeline();
        Engine engine = Engine.on(log, EngineOptions.defaults());
        output.say(
                Text.count(rate) + " page views per second for " + Text.count(seconds, "second") + ", counted per page"
                        + " and second, and at the same time, for half of them, per page with a result for every view.");
        output.say("Data: " + directory + ", durability " + log.durability() + ".");
        output.say("");
        Live live = live(engine, windows, running);
        phases.begin();
        Ledger ledger = new UntilEnd(log, engine).run(windows, output);
        phases.end(
                "close",
                Text.count(ledger.results(), "result") + " emitted, "
                        + Text.count(ledger.total().late(), "record") + " late");
        Spotlight spotlight = Spotlight.on(log, windows);
        Account account = phases.close(engine, windows);
        boolean held = isHeld(live);
        tell(account, spotlight, live, held);
        summarize(account, live, held, System.nanoTime() - start);
        return account.isFine() && held ? ExitCode.FINE : ExitCode.FOUND_WRONG;
    }

    // ---- the live part ----

    private Live live(Engine engine, Pipeline windows, Pipeline running) throws InterruptedException {
        log.createTopic(TOPIC, TopicConfig.of(PARTITIONS));
        phases.begin();
        try (PipelineRun windowsRun = engine.start(windows);
                PipelineRun runningRun = engine.start(running)) {
            Pace pace = Pace.startingNow(rate, seconds);
            LatencyReader reader = new LatencyReader(log, Backlog.resultsTopic(running), PARTITIONS, pace, warmUp());
            Thread reading = new Thread(reader, "tidemill-demo-reader");
            reading.setDaemon(true);
            reading.start();
            PageViewProducer producer = new PageViewProducer(log, TOPIC, PARTITIONS, pace);
            produce(producer, pace, windowsRun, runningRun);
            long behind = drain(pace, windowsRun, windows, runningRun, running);
            reader.stop();
            reading.join();
            phases.end(
                    "live",
                    Text.count(producer.appended(), "record") + " appended to topic '" + TOPIC + "', "
                            + Text.count(PARTITIONS, "partition") + ", and read by two pipelines");
            return new Live(producer.appended(), producer.rate(), behind, reader.latencies());
        }
    }

    private Duration warmUp() {
        Duration share = Duration.ofMillis(seconds * 1_000L / 5);
        return share.compareTo(WARM_UP_MAX) < 0 ? share : WARM_UP_MAX;
    }

    private void produce(PageViewProducer producer, Pace pace, PipelineRun... runs) throws InterruptedException {
        Producing producing = new Producing(producer);
        Thread thread = new Thread(producing, "tidemill-demo-producer");
        thread.setDaemon(true);
        thread.start();
        try (Progress progress = output.progress("live", pace.total(), Progress.Unit.RECORDS)) {
            while (thread.isAlive()) {
                requireRunning(runs);
                progress.to(producer.appended());
                TimeUnit.MILLISECONDS.timedJoin(thread, WATCH_MILLIS);
            }
            progress.to(producer.appended());
        }
        producing.requireFine();
    }

    /** How long after the end of the pace it took until both had read all. */
    private long drain(Pace pace, PipelineRun firstRun, Pipeline first, PipelineRun secondRun, Pipeline second)
            throws InterruptedException {
        while (Backlog.of(log, first) + Backlog.of(log, second) > 0) {
            requireRunning(firstRun, secondRun);
            if (System.nanoTime() - pace.endNanos() > DRAIN_NANOS_MAX) {
                throw CommandException.failure("the pipelines have not caught up in "
                        + Text.duration(Duration.ofNanos(DRAIN_NANOS_MAX)) + ": try a lower --rate");
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
        return Math.max(0, System.nanoTime() - pace.endNanos());
    }

    private static void requireRunning(PipelineRun... runs) {
        for (PipelineRun run : runs) {
            Throwable failure = run.failure();
            if (failure instanceof RuntimeException e) {
                throw e;
            } else if (failure != null) {
                throw CommandException.failure("a pipeline has stopped: " + failure, failure);
            }
        }
    }

    private boolean isHeld(Live live) {
        return live.appendedPerSecond >= HELD * rate && live.behindNanos <= BEHIND_NANOS_MAX;
    }

    // ---- the report ----

    private void tell(Account account, Spotlight spotlight, Live live, boolean held) {
        Table results = spotlight.table("page");
        if (results != null) {
            output.say("");
            output.say("Some of the results, which late records have changed:");
            output.say("");
            output.say(results.toString());
        }
        output.say("");
        account.tell(output);
        output.say("");
        output.say((held ? "Rate held: " : "RATE NOT HELD: ") + Text.count(rate) + " events/s offered, "
                + Text.count(Math.round(live.appendedPerSecond)) + " appended; the pipelines had read all "
                + Text.duration(Duration.ofNanos(live.behindNanos)) + " after the last event was due. Durability "
                + log.durability() + ".");
        tellLatency(live.latencies);
        output.say("");
        output.say("Look around:");
        output.say("  ./tidemill audit page-views-live --data " + directory);
        output.say("  ./tidemill tail page-views-live.late --max 5 --data " + directory);
    }

    private void tellLatency(Latencies latencies) {
        Histogram steady = latencies.steady();
        if (steady.getTotalCount() == 0) {
            output.say("Latency: not measured, since no result with a timestamp came after the warm-up.");
            return;
        }
        output.say(
                "Latency from the instant an event was due to the instant its running count was read from the results"
                        + " topic, exactly once, durability " + log.durability() + ":");
        output.say("  p50 " + millis(steady, 50) + "   p99 " + millis(steady, 99) + "   p99.9 " + millis(steady, 99.9)
                + "   max " + millis(steady, 100) + "   (" + Text.count(steady.getTotalCount()) + " results)");
        output.say("  Up to 1 ms of it is rounding, since due times are kept in milliseconds. Not in it: the first "
                + Text.duration(warmUp()) + ", while Java warms up (p99 " + millis(latencies.warmUp(), 99) + ", max "
                + millis(latencies.warmUp(), 100) + ").");
    }

    private static String millis(Histogram micros, double percentile) {
        return String.format(Locale.ROOT, "%.1f ms", micros.getValueAtPercentile(percentile) / 1e3);
    }

    private void summarize(Account account, Live live, boolean held, long nanos) {
        ObjectNode summary = Summary.of("demo");
        account.put(summary);
        summary.put("rateOffered", rate)
                .put("rateAppended", Math.round(live.appendedPerSecond))
                .put("rateHeld", held)
                .put("behindMillis", live.behindNanos / 1_000_000);
        put(summary.putObject("latencyMillis"), live.latencies.steady());
        put(summary.putObject("warmUpLatencyMillis"), live.latencies.warmUp());
        Summary.putRun(summary, nanos, log.durability().toString());
        output.object(summary.put("data", directory.toString()));
    }

    private static void put(ObjectNode object, Histogram micros) {
        object.put("p50", micros.getValueAtPercentile(50) / 1e3)
                .put("p99", micros.getValueAtPercentile(99) / 1e3)
                .put("p99.9", micros.getValueAtPercentile(99.9) / 1e3)
                .put("max", micros.getMaxValue() / 1e3)
                .put("count", micros.getTotalCount());
    }

    /** Keeps what the producer fails with. */
    private static final class Producing implements Runnable {
        private final PageViewProducer producer;
        private volatile @Nullable RuntimeException failure;

        Producing(PageViewProducer producer) {
            this.producer = producer;
        }

        @Override
        public void run() {
            try {
                producer.run();
            } catch (RuntimeException e) {
                failure = e;
            }
        }

        void requireFine() {
            RuntimeException met = failure;
            if (met != null) {
                throw met;
            }
        }
    }
}
