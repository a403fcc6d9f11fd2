package io.tidemill.testkit;

import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.PipelineRun;
import io.tidemill.log.Log;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A pipeline on a thread of its own, as in production, until it has read what there is. */
final class LiveRun {
    /** More than any test needs. */
    private static final Duration WAIT_MAX = Duration.ofMinutes(2);

    private final Log log;
    private final Pipeline pipeline;
    private final List<Topic<?>> sources;

    LiveRun(Log log, Pipeline pipeline) {
        this.log = log;
        this.pipeline = pipeline;
        this.sources = PipelineTestDriver.topicsOf(pipeline);
    }

    /** Throws what the run failed with. */
    void run(EngineOptions options, Consumer<PipelineRun> meanwhile) {
        PipelineRun run = Engine.on(log, options).start(pipeline);
        try (run) {
            meanwhile.accept(run);
            awaitRead(run);
        }
        Throwable failure = run.failure();
        if (failure instanceof Error error) {
            throw error;
        } else if (failure instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private void awaitRead(PipelineRun run) {
        long deadline = System.nanoTime() + WAIT_MAX.toNanos();
        while (run.isRunning() && !isRead(run)) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "pipeline '" + pipeline.name() + "' has not read all there is after " + WAIT_MAX);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while pipeline '" + pipeline.name() + "' runs", e);
            }
        }
    }

    private boolean isRead(PipelineRun run) {
        for (Topic<?> source : sources) {
            int partitions = log.topic(source.name()).orElseThrow().config().partitions();
            for (int i = 0; i < partitions; i++) {
                TopicPartition partition = new TopicPartition(source.name(), i);
                long read = log.committed(pipeline.name(), partition).orElse(0);
                // One that is held back may wait for records that nobody has appended yet.
                if (read < log.offsets(partition).end() && !run.heldBack().contains(partition)) {
                    return false;
                }
            }
        }
        return true;
    }
}
