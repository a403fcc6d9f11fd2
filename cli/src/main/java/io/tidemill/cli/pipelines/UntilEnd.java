package io.tidemill.cli.pipelines;

import io.tidemill.api.Pipeline;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Progress;
import io.tidemill.engine.Engine;
import io.tidemill.engine.Ledger;
import io.tidemill.log.Log;

/** Runs pipelines over what is there, and shows how far they are. */
public final class UntilEnd {
    private final Log log;
    private final Engine engine;

    public UntilEnd(Log log, Engine engine) {
        this.log = log;
        this.engine = engine;
    }

    public Ledger run(Pipeline pipeline, Output output) {
        try (Progress progress = output.progress("run", Backlog.of(log, pipeline), Progress.Unit.RECORDS)) {
            return engine.runUntilEnd(pipeline, (records, ledger) -> progress.to(records));
        }
    }
}
