package io.tidemill.engine;

import io.tidemill.log.Log;
import io.tidemill.log.LogException;

/** Opens a pipeline's task, and again after a failure that need not be the end. Not thread-safe. */
final class Tasks {
    private static final int SHRINK_BY = 8;

    private final CompiledPipeline pipeline;
    private final Log log;
    private EngineOptions options;

    Tasks(CompiledPipeline pipeline, Log log, EngineOptions options) {
        this.pipeline = pipeline;
        this.log = log;
        this.options = options;
    }

    PipelineTask open() {
        return PipelineTask.open(pipeline, log, options);
    }

    /**
     * Whether another task, from the last commit on, may get further. After a commit that was too large it takes smaller
     * steps; a full disk may be given room.
     */
    boolean canRetry(LogException e) {
        if (e.code() == LogException.Code.COMMIT_TOO_LARGE && options.stepBytesMax() > 1024) {
            options = options.stepBytesMax(Math.max(1024, options.stepBytesMax() / SHRINK_BY))
                    .resultsPerStepMax(Math.max(1, options.resultsPerStepMax() / SHRINK_BY));
            return true;
        }
        return e.code().retriable();
    }
}
