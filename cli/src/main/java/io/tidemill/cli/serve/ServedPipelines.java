package io.tidemill.cli.serve;

import io.tidemill.api.Pipeline;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.pipelines.Backlog;
import io.tidemill.cli.pipelines.FoundPipeline;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.PipelineRun;
import io.tidemill.log.Log;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The pipelines of a server: each is begun when its source topic is there. Used by one thread. */
public final class ServedPipelines implements AutoCloseable {
    private final Log log;
    private final Output output;
    private final Map<Pipeline, Engine> waiting = new LinkedHashMap<>();
    private final List<Map.Entry<Pipeline, PipelineRun>> running = new ArrayList<>();
    private final Set<String> told = new HashSet<>();
    private boolean failed;

    public ServedPipelines(Log log, List<FoundPipeline> pipelines, EngineOptions options, Output output) {
        this.log = log;
        this.output = output;
        for (FoundPipeline each : pipelines) {
            waiting.put(each.pipeline(), Engine.on(log, options.codeVersion(each.codeVersion())));
        }
    }

    /** Begins those that can be, and tells of those that have ended. To be called from time to time. */
    public void look() {
        waiting.entrySet().removeIf(each -> begin(each.getKey(), each.getValue()));
        for (Map.Entry<Pipeline, PipelineRun> each : running) {
            Throwable failure = each.getValue().failure();
            if (failure != null && told.add("failed " + each.getKey().name())) {
                failed = true;
                output.note("tidemill: pipeline '" + each.getKey().name() + "' has stopped: " + failure.getMessage()
                        + ". The server goes on without it; it goes on from its last commit when it is started again");
            }
        }
    }

    private boolean begin(Pipeline pipeline, Engine engine) {
        for (String source : Backlog.sources(pipeline)) {
            if (log.topic(source).isEmpty()) {
                if (told.add("waiting " + pipeline.name() + " " + source)) {
                    output.say("Pipeline '" + pipeline.name() + "' waits for its topic '" + source + "'.");
                }
                return false;
            }
        }
        running.add(Map.entry(pipeline, engine.start(pipeline)));
        output.say("Pipeline '" + pipeline.name() + "' is running.");
        output.flush();
        return true;
    }

    /** Whether one has stopped of itself. */
    public boolean hasFailed() {
        return failed;
    }

    @Override
    public void close() {
        running.forEach(each -> each.getValue().close());
    }
}
