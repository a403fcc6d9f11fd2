package io.tidemill.engine;

import io.tidemill.api.Pipeline;
import io.tidemill.api.Window;
import io.tidemill.engine.lateness.LatenessSketch;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicPartition;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Runs pipelines over a log. Thread-safe. A pipeline is run in one place at a time: a second run of the same name over the
 * same log makes the first one's next commit fail, or fails itself, and nothing is lost or doubled by that.
 */
public final class Engine {
    private final Log log;
    private final EngineOptions options;

    private Engine(Log log, EngineOptions options) {
        this.log = log;
        this.options = options;
    }

    public static Engine on(Log log, EngineOptions options) {
        return new Engine(log, options);
    }

    /** Runs on a thread of its own, from where the pipeline was, until it is closed. */
    public PipelineRun start(Pipeline pipeline) {
        Tasks tasks = new Tasks(new CompiledPipeline(pipeline), log, options);
        return new PipelineRun(pipeline.name(), log, options.trigger(), tasks);
    }

    /** Opens the pipeline where it was; the caller takes its steps. */
    public Stepper open(Pipeline pipeline) {
        return new Stepper(PipelineTask.open(new CompiledPipeline(pipeline), log, options));
    }

    /** Tells of a long run how far it is. */
    @FunctionalInterface
    public interface Progress {
        /** Called when more is committed, on the caller's thread; {@code records} since the start. */
        void at(long records, Ledger ledger);
    }

    /** Reads what is there now, closes all windows, and returns. */
    public Ledger runUntilEnd(Pipeline pipeline, Progress progress) {
        Tasks tasks = new Tasks(new CompiledPipeline(pipeline), log, options);
        OptionalLong readBefore = OptionalLong.empty();
        while (true) {
            try (PipelineTask task = tasks.open()) {
                long before = readBefore.orElse(task.ledger().total().read());
                readBefore = OptionalLong.of(before);
                Ledger last = null;
                boolean closing = false;
                boolean hasMore = true;
                while (hasMore) {
                    PipelineTask.Step step = closing ? task.closeAllAhead() : task.stepAhead();
                    if (last != null) {
                        // What this step did may not be committed yet; what the one before did is.
                        progress.at(last.total().read() - before, last);
                    }
                    last = task.ledger();
                    hasMore = step.hasMore() || !closing;
                    closing |= !step.hasMore();
                }
                task.settle();
                Ledger end = task.ledger();
                progress.at(end.total().read() - before, end);
                return end;
            } catch (LogException e) {
                if (e.code() != LogException.Code.COMMIT_TOO_LARGE || !tasks.canRetry(e)) {
                    throw e;
                }
            }
        }
    }

    /** Folds in all late records that are there. A pipeline that is running is corrected by {@link PipelineRun#correct}. */
    public CorrectionSummary correct(Pipeline pipeline) {
        Tasks tasks = new Tasks(new CompiledPipeline(pipeline), log, options);
        while (true) {
            try (Stepper stepper = new Stepper(tasks.open())) {
                return stepper.correct();
            } catch (LogException e) {
                if (e.code() != LogException.Code.COMMIT_TOO_LARGE || !tasks.canRetry(e)) {
                    throw e;
                }
            }
        }
    }

    /** What the pipeline has committed; empty if it never ran. */
    public Optional<PipelineStatus> status(Pipeline pipeline) {
        CompiledPipeline compiled = new CompiledPipeline(pipeline);
        if (log.topic(compiled.changelogTopic()).isEmpty()) {
            return Optional.empty();
        }
        long[] deferred = {0};
        Map<String, Long> waiting = new HashMap<>();
        CommittedState state = CommittedState.read(log, compiled, (stage, kind, window, key, entry, offset, bytes) -> {
            if (kind == StateFormat.DEFERRED) {
                String identity = stage.number + "/" + window + "/" + Arrays.toString(key);
                Long before = entry == null ? waiting.remove(identity) : waiting.put(identity, entry.records);
                deferred[0] += (entry == null ? 0 : entry.records) - (before == null ? 0 : before);
            }
        });
        StoreLink link = state.link;
        if (link != null && link.needed()) {
            // The changelog does not hold all of them.
            deferred[0] = link.deferredRecords();
        }
        Cursor cursor = state.cursor;
        if (cursor == null) {
            return Optional.empty();
        }
        SortedMap<TopicPartition, Long> positions = new TreeMap<>();
        SortedMap<TopicPartition, LatenessSketch> lateness = new TreeMap<>();
        SortedMap<TopicPartition, PipelineStatus.Progress> progress = new TreeMap<>();
        Map<Integer, LatenessSketch> sketches = new HashMap<>();
        state.lateness.all().forEach(sketches::put);
        int number = 0;
        for (int topic = 0; topic < cursor.topics.size(); topic++) {
            for (int i = 0; i < cursor.topics.get(topic).partitions(); i++) {
                TopicPartition partition =
                        new TopicPartition(compiled.sources.get(topic).topic(), i);
                positions.put(partition, cursor.sources.get(number).position);
                progress.put(partition, progress(compiled.sources.get(topic), partition, cursor.sources.get(number)));
                LatenessSketch sketch = sketches.get(number++);
                if (sketch != null) {
                    lateness.put(partition, sketch);
                }
            }
        }
        long awaiting = 0;
        for (int i = 0; i < cursor.lateOffsets.size(); i++) {
            awaiting += log.offsets(new TopicPartition(pipeline.lateTopic(), i)).end() - cursor.lateOffsets.get(i);
        }
        Map<StagePlan, SortedMap<Window, WindowInfo>> windows = new HashMap<>();
        SortedMap<String, Long> closedByOperator = new TreeMap<>();
        long closedUpTo = Long.MAX_VALUE;
        long lateBeforeHorizon = 0;
        for (StagePlan stage : compiled.stages) {
            windows.put(stage, state.windows(stage));
            closedUpTo = Math.min(closedUpTo, cursor.stage(stage).closedUpTo);
            closedByOperator.put(stage.statefulName(), cursor.stage(stage).closedUpTo);
            lateBeforeHorizon += cursor.stage(stage).lateBeforeHorizon;
        }
        cursor.operators.continueWith(pipeline);
        Ledger ledger = Ledgers.of(compiled, cursor, windows, deferred[0]);
        // Not every offset need be a record.
        long unaccounted = ledger.total().late() - ledger.corrected() - ledger.deferred() - ledger.uncorrectable();
        return Optional.of(new PipelineStatus(
                positions,
                compiled.stages.isEmpty() ? Long.MIN_VALUE : closedUpTo,
                lateBeforeHorizon,
                Math.min(awaiting, unaccounted),
                ledger,
                lateness,
                progress,
                closedByOperator));
    }

    private PipelineStatus.Progress progress(SourcePlan source, TopicPartition partition, Cursor.Source at) {
        return new PipelineStatus.Progress(
                at.timed ? at.newestTime : Long.MIN_VALUE,
                at.timed ? at.newestTime - source.boundMillis : Long.MIN_VALUE,
                at.idle,
                Math.max(0, log.offsets(partition).end() - at.position));
    }
}
