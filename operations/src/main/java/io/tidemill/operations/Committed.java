package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineStatus;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline had committed when its audit began.
 *
 * @param sources what it had read
 * @param sourceCompacted whether the source may have lost records that were not its newest
 * @param results what its results topic held
 * @param correctableMillis how long a closed window can be corrected
 */
record Committed(
        PipelineStatus status,
        List<Scan> sources,
        boolean sourceCompacted,
        Letters letters,
        StatePairs state,
        List<Results> results,
        TopicConfig resultsConfig,
        long correctableMillis,
        long latenessMillis) {
    private static final int RETRIES_MAX = 20;

    /**
     * One partition of the results topic.
     *
     * @param settled its end before the status was read: later records may or may not be known to the status
     */
    record Results(Scan scan, long settled) {}

    /** Throws {@link AuditException} where an audit would not be complete. */
    static Committed read(Log log, Parts parts, @Nullable StateStores stores) {
        String target = parts.to().topic();
        int partitions =
                log.topic(target).map(topic -> topic.config().partitions()).orElse(0);
        // First the results, then the status, then the rest: what a running pipeline does in between shows.
        List<Long> settled = ends(log, target);
        PipelineStatus status = status(log, parts.pipeline());
        if (partitions == 0) {
            throw new AuditException("pipeline '" + parts.name() + "' has run, but its results topic '" + target
                    + "' is gone: all results are missing");
        }
        boolean windowed = parts.windowed() != null;
        Ledger ledger = status.ledger();
        return new Committed(
                status,
                sources(log, parts.pipeline(), List.of(parts.sourceTopic()), status),
                isCompacted(log, List.of(parts.sourceTopic())),
                windowed && ledger.uncorrectable() + ledger.total().deadLettered() > 0
                        ? Letters.read(log, parts.pipeline())
                        : Letters.none(),
                windowed ? StatePairs.read(log, parts, stores) : StatePairs.none(),
                results(log, parts, settled),
                log.topic(target).orElseThrow().config(),
                parts.windowed() == null ? 0 : parts.windowed().correctableFor().toMillis(),
                parts.windowed() == null
                        ? 0
                        : parts.windowed().allowedLateness().toMillis());
    }

    static List<Long> ends(Log log, String topic) {
        int partitions = log.topic(topic).map(of -> of.config().partitions()).orElse(0);
        List<Long> ends = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            ends.add(log.offsets(new TopicPartition(topic, i)).end());
        }
        return ends;
    }

    static PipelineStatus status(Log log, Pipeline pipeline) {
        for (int i = 0; ; i++) {
            try {
                return Engine.on(log, EngineOptions.defaults())
                        .status(pipeline)
                        .orElseThrow(() -> new AuditException("there is nothing to audit: pipeline '" + pipeline.name()
                                + "' has not run. Run it first"));
            } catch (LogException e) {
                // A running pipeline has cut off the part of its state that is being read, and has written it again.
                if (e.code() != LogException.Code.OFFSET_OUT_OF_RANGE || i == RETRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    /**
     * Of an end of a graph: of what is counted by window, the ledger has but sums over all operators.
     *
     * @param letters of all sources
     */
    static Committed ofEnd(
            Log log,
            Parts parts,
            List<String> topics,
            PipelineStatus of,
            List<Long> settled,
            Letters letters,
            @Nullable StateStores stores) {
        Operator.Windowed windowed = parts.windowed();
        return new Committed(
                withoutWindows(of, parts),
                sources(log, parts.pipeline(), topics, of),
                isCompacted(log, topics),
                letters,
                windowed != null ? StatePairs.read(log, parts, stores) : StatePairs.none(),
                results(log, parts, settled),
                log.topic(parts.to().topic()).orElseThrow().config(),
                windowed == null ? 0 : windowed.correctableFor().toMillis(),
                windowed == null ? 0 : windowed.allowedLateness().toMillis());
    }

    private static PipelineStatus withoutWindows(PipelineStatus of, Parts parts) {
        Ledger ledger = of.ledger();
        return new PipelineStatus(
                of.positions(),
                of.closedUpToByOperator().getOrDefault(parts.operatorWithState(), of.closedUpToMillis()),
                of.lateBeforeHorizon(),
                of.awaitingCorrection(),
                new Ledger(
                        ledger.sources(),
                        ledger.operators(),
                        new TreeMap<>(),
                        ledger.results(),
                        ledger.failedResults(),
                        ledger.corrected(),
                        ledger.deferred(),
                        ledger.uncorrectable()),
                of.lateness(),
                of.progress(),
                of.closedUpToByOperator());
    }

    private static boolean isCompacted(Log log, List<String> topics) {
        return topics.stream()
                .anyMatch(topic -> log.topic(topic).orElseThrow().config().compacted());
    }

    /** What was read of the topics; throws where it is not there any more. */
    static List<Scan> sources(Log log, Pipeline pipeline, List<String> topics, PipelineStatus status) {
        for (String topic : topics) {
            if (log.topic(topic).isEmpty()) {
                throw new AuditException("the audit of pipeline '" + pipeline.name()
                        + "' needs what it has read, but topic '" + topic + "' is gone");
            }
        }
        List<Scan> sources = new ArrayList<>();
        for (Map.Entry<TopicPartition, Long> each : status.positions().entrySet()) {
            TopicPartition partition = each.getKey();
            if (!topics.contains(partition.topic())) {
                continue;
            }
            OffsetRange held = log.offsets(partition);
            long position = each.getValue();
            Ledger.Records counts = status.ledger().sources().get(partition);
            long read = counts == null ? 0 : counts.read();
            if (Math.max(0, position - held.start()) < read) {
                throw new AuditException(
                        "the audit of pipeline '" + pipeline.name() + "' cannot be complete: it has read "
                                + read + " records of " + partition + ", up to offset " + position
                                + ", but those before offset " + held.start()
                                + " are no longer there. Give the topic a longer retention; to audit what is left, run the"
                                + " pipeline over it under another name and into another topic");
            }
            sources.add(new Scan(partition, held.start(), position));
        }
        return sources;
    }

    private static List<Results> results(Log log, Parts parts, List<Long> settled) {
        List<Results> results = new ArrayList<>();
        for (int i = 0; i < settled.size(); i++) {
            TopicPartition partition = new TopicPartition(parts.to().topic(), i);
            OffsetRange held = log.offsets(partition);
            if (held.start() > 0) {
                throw new AuditException("the audit of pipeline '" + parts.name()
                        + "' cannot be complete: the results before offset " + held.start() + " of " + partition
                        + " are no longer there. Give the topic a longer retention");
            }
            results.add(new Results(new Scan(partition, 0, held.end()), settled.get(i)));
        }
        return results;
    }

    /** Throws {@link AuditException} if compaction has taken records that the pipeline has read. */
    void requireWhole(TopicPartition partition, long recordsFound) {
        Ledger.Records counts = status.ledger().sources().get(partition);
        if (sourceCompacted && counts != null && recordsFound < counts.read()) {
            throw new AuditException("the audit cannot be complete: of the " + counts.read()
                    + " records that were read from " + partition + ", compaction has left " + recordsFound
                    + ". A pipeline can be audited only over a topic that keeps all records");
        }
    }

    /** Source and results, in offsets. */
    long offsets() {
        return sources.stream().mapToLong(Scan::offsets).sum()
                + results.stream().mapToLong(each -> each.scan().offsets()).sum();
    }

    /** Whether the result of a key and window is still to come, or to come again. */
    boolean isOpen(Window window, byte[] identity) {
        return window.endMillis() + latenessMillis > status.closedUpToMillis() || state.isOpen(window, identity);
    }

    /** Whether a window closed so long ago that the ledger has forgotten it. */
    boolean isBeyondCorrection(Window window) {
        long closedUpTo = status.closedUpToMillis();
        return closedUpTo != Long.MIN_VALUE && window.endMillis() + latenessMillis <= closedUpTo - correctableMillis;
    }
}
