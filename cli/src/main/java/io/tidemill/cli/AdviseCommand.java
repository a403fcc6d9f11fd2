package io.tidemill.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Pipeline;
import io.tidemill.cli.output.AdviceText;
import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Progress;
import io.tidemill.cli.output.Summary;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.lateness.LatenessSketch;
import io.tidemill.log.Log;
import io.tidemill.operations.Advice;
import io.tidemill.operations.AdviceException;
import io.tidemill.operations.AdviceRequest;
import io.tidemill.operations.Advisor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@CommandLine.Command(
        name = "advise",
        description = {
            "Says how large a pipeline's watermark bound should be, from what its source topic holds: how late records"
                    + " come, and for each bound how many would be late, when results would come, and what would be held.",
            "The pipeline need not have run. Its functions are run over the records; nothing is written."
        })
final class AdviseCommand extends LogCommand {
    @Mixin
    PipelineOptions pipeline = new PipelineOptions();

    @Option(
            names = "--bound",
            paramLabel = "DURATION",
            split = ",",
            converter = DurationConverter.class,
            description = "Try this bound, too; may be repeated, or name several with commas.")
    List<Duration> bounds = List.of();

    @Option(
            names = "--from",
            paramLabel = "TIME",
            converter = GroupsResetCommand.TimeConverter.class,
            description = "Begin with the records of this time, such as 2026-11-22T10:00:00Z, by their timestamps.")
    @Nullable
    Instant from;

    @Option(names = "--limit", paramLabel = "N", description = "Read only so many records, the first that came.")
    long limit = Long.MAX_VALUE;

    AdviseCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        AdviceRequest request = checked(() -> new AdviceRequest(bounds, from, limit));
        Pipeline advised = pipeline.find().pipeline();
        return withExistingLog(log -> {
            List<Advisor> advisors = Advisor.each(log, advised);
            List<AdviceException> without = new ArrayList<>();
            for (int i = 0; i < advisors.size(); i++) {
                if (i > 0) {
                    output.say("");
                }
                try {
                    tell(advisors.get(i), log, advised, request, output);
                } catch (AdviceException e) {
                    without.add(e);
                    if (advisors.size() > 1) {
                        tellNone(advisors.get(i), e, output);
                    }
                }
            }
            if (!without.isEmpty() && without.size() == advisors.size()) {
                throw without.get(0);
            }
            return ExitCode.FINE;
        });
    }

    /** What one source has too little history for must not keep the others from being advised. */
    private static void tellNone(Advisor advisor, AdviceException why, Output output) {
        output.say("No advice for topic '" + advisor.topic() + "': " + why.getMessage());
        output.object(Json.object("noAdvice").put("topic", advisor.topic()).put("text", why.getMessage()));
    }

    private static void tell(Advisor advisor, Log log, Pipeline advised, AdviceRequest request, Output output) {
        long start = System.nanoTime();
        Advice advice;
        try (Progress progress = output.progress("advise", -1, Progress.Unit.RECORDS)) {
            advice = advisor.live(seen(log, advised, advisor.topic())).advise(request, progress::to);
        }
        AdviceText text = new AdviceText(advice);
        text.lines().forEach(output::say);
        text.objects().forEach(output::object);
        ObjectNode summary = Summary.of("advise").put("pipeline", advised.name());
        text.put(summary);
        output.object(summary.put("seconds", Math.round((System.nanoTime() - start) / 1e6) / 1e3));
    }

    /** What the pipeline has kept of the topic while it ran, if it did. */
    private static Collection<LatenessSketch> seen(Log log, Pipeline pipeline, String topic) {
        return Engine.on(log, EngineOptions.defaults())
                .status(pipeline)
                .map(status -> status.lateness().entrySet().stream()
                        .filter(each -> each.getKey().topic().equals(topic))
                        .map(Map.Entry::getValue)
                        .toList())
                .orElse(List.of());
    }
}
