package io.tidemill.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import io.tidemill.cli.output.LedgerTable;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Summary;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.pipelines.FoundPipeline;
import io.tidemill.cli.pipelines.LiveRun;
import io.tidemill.cli.pipelines.UntilEnd;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.Trigger;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@CommandLine.Command(
        name = "run",
        description = "Runs a pipeline from where it was, until Ctrl-C or, with --until-end, until it has read all.")
final class RunCommand extends LogCommand {
    @Mixin
    PipelineOptions pipeline = new PipelineOptions();

    @Option(names = "--until-end", description = "Read what is there now, close all windows, and end.")
    boolean untilEnd;

    @Option(
            names = "--trigger",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "Take a step once per 10s (or another period) instead of at once. It changes no result.")
    @Nullable
    Duration trigger;

    @Option(
            names = "--lanes",
            paramLabel = "N",
            description = "How many parts of a step run side by side; 1 unless set. It changes no result.")
    int lanes = 1;

    @Option(
            names = "--state-max",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description =
                    "How large the state of the pipeline may become, 512MiB for example, as 'tidemill explain' counts it; a"
                            + " pipeline that needs more stops and says so. Unlimited unless set.")
    long stateBytesMax = EngineOptions.UNLIMITED;

    @Option(
            names = "--drift-max",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description =
                    "How far a partition may be ahead of others that it is joined or counted with, in event time, before it is"
                            + " held back until they have come nearer; 1d unless set. It changes no result.")
    Duration driftMax = EngineOptions.DRIFT_MAX_DEFAULT;

    @Mixin
    StateOptions state = new StateOptions();

    RunCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        if (!untilEnd) {
            surroundings.stop().listen();
        }
        FoundPipeline found = pipeline.find();
        EngineOptions engineOptions = checked(() -> EngineOptions.defaults()
                .trigger(trigger == null ? Trigger.continuous() : Trigger.every(trigger))
                .lanes(lanes)
                .stateBytesMax(stateBytesMax)
                .driftMax(driftMax)
                .stateBackend(state.backend(data))
                .codeVersion(found.codeVersion()));
        return withExistingLog(log -> {
            Engine engine = Engine.on(log, engineOptions);
            long start = System.nanoTime();
            long readBefore = engine.status(found.pipeline())
                    .map(status -> status.ledger().total().read())
                    .orElse(0L);
            Ledger ledger = untilEnd
                    ? new UntilEnd(log, engine).run(found.pipeline(), output)
                    : new LiveRun(log, engine).run(found.pipeline(), surroundings.stop(), output);
            tell(found.pipeline(), ledger, ledger.total().read() - readBefore, System.nanoTime() - start, output);
            return ExitCode.FINE;
        });
    }

    /** What is counted beside a result for each key and window. */
    private static String panes(Pipeline run) {
        boolean hasUpdates = false;
        for (Operator operator : run.operators()) {
            if (operator instanceof Operator.Windowed windowed) {
                if (windowed.early() != null) {
                    return ", early ones, updates and corrections counted";
                }
                hasUpdates |= !windowed.allowedLateness().isZero();
            }
            hasUpdates |= operator instanceof Operator.Joined joined
                    && !joined.allowedLateness().isZero();
        }
        return hasUpdates ? ", updates and corrections counted" : "";
    }

    private void tell(Pipeline run, Ledger ledger, long records, long nanos, Output output) {
        output.say("Pipeline '" + run.name() + "' has read " + Text.count(records, "record") + " in "
                + Text.seconds(nanos) + "; durability " + durability() + ". All that it has read so far:");
        output.say("");
        output.say(LedgerTable.of(ledger));
        output.say("");
        output.say(Text.count(ledger.results(), "result") + " written in all" + panes(run) + ".");
        Ledger.Records total = ledger.total();
        if (total.onTimeElements() + total.lateElements() > total.onTime() + total.late()) {
            output.say("They became " + Text.count(total.onTimeElements() + total.lateElements(), "element")
                    + ", of which " + Text.count(total.lateElements()) + " came too late for a window or more.");
        }
        long waiting = ledger.total().late() - ledger.corrected() - ledger.uncorrectable();
        if (waiting > 0) {
            output.say(Text.count(waiting, "late record") + " in '" + run.lateTopic()
                    + "': 'tidemill correct' folds them in.");
        }
        if (ledger.total().deadLettered() > 0) {
            output.say(Text.count(ledger.total().deadLettered(), "dead letter") + " in '" + run.deadTopic()
                    + "': 'tidemill tail " + run.deadTopic() + "' shows why.");
        }
        ObjectNode summary = Summary.of("run", ledger)
                .put("onTimeElements", total.onTimeElements())
                .put("lateElements", total.lateElements())
                .put("pipeline", run.name())
                .put("readNow", records)
                .put("recordsPerSecond", Math.round(records / (nanos / 1e9)));
        Summary.putRun(summary, nanos, durability());
        output.object(summary);
    }
}
