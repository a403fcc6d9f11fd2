package io.tidemill.cli.pipelines;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Pipeline;
import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Summary;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.Stop;
import io.tidemill.engine.Engine;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineRun;
import io.tidemill.log.Log;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.SortedSet;

/** Runs a pipeline until it is asked to stop, and says how it is doing. */
public final class LiveRun {
    private static final Duration STATUS_PERIOD = Duration.ofSeconds(1);

    /** Where nobody watches, so often a line is enough. */
    private static final int NOTE_STATUSES = 10;

    private final Log log;
    private final Engine engine;

    public LiveRun(Log log, Engine engine) {
        this.log = log;
        this.engine = engine;
    }

    public Ledger run(Pipeline pipeline, Stop stop, Output output) throws InterruptedException {
        PipelineRun run = engine.start(pipeline);
        try (run) {
            output.say("Pipeline '" + pipeline.name() + "' is running; Ctrl-C stops it.");
            output.flush();
            watch(run, pipeline, stop, output);
        }
        output.clearStatus();
        Throwable failure = run.failure();
        if (failure instanceof RuntimeException e) {
            throw e;
        } else if (failure != null) {
            throw CommandException.failure("pipeline '" + pipeline.name() + "' has stopped: " + failure, failure);
        }
        return run.ledger();
    }

    private void watch(PipelineRun run, Pipeline pipeline, Stop stop, Output output) throws InterruptedException {
        long readBefore = run.ledger().total().read();
        long before = System.nanoTime();
        for (int count = 1; run.isRunning() && !stop.await(STATUS_PERIOD); count++) {
            Ledger ledger = run.ledger();
            long now = System.nanoTime();
            long perSecond = Math.round((ledger.total().read() - readBefore) / ((now - before) / 1e9));
            show(ledger, perSecond, Backlog.of(log, pipeline), run.heldBack(), count % NOTE_STATUSES == 0, output);
            readBefore = ledger.total().read();
            before = now;
        }
    }

    private static void show(
            Ledger ledger,
            long perSecond,
            long backlog,
            SortedSet<TopicPartition> heldBack,
            boolean noted,
            Output output) {
        Ledger.Records total = ledger.total();
        String line = "read " + Text.count(total.read()) + " (" + Text.count(perSecond) + "/s), waiting "
                + Text.count(backlog) + ", late " + Text.count(total.late()) + ", dead "
                + Text.count(total.deadLettered()) + ", results " + Text.count(ledger.results())
                + (heldBack.isEmpty() ? "" : "; held back, being ahead of others: " + heldBack);
        if (output.isJson()) {
            ObjectNode status = Json.object("status");
            Summary.putFates(
                    status, total.read(), total.onTime(), total.late(), total.filtered(), total.deadLettered());
            status.put("results", ledger.results())
                    .put("recordsPerSecond", perSecond)
                    .put("waiting", backlog);
            heldBack.forEach(each -> status.withArray("heldBack").add(each.toString()));
            output.object(status);
            output.flush();
        } else if (output.isTerminal()) {
            output.status(line);
        } else if (noted) {
            output.note(line);
        }
    }
}
