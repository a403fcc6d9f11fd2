package io.tidemill.engine;

import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The topics of a pipeline, made where they are missing. */
record PipelineTopics(
        List<TopicDescription> sources,
        List<TopicDescription> results,
        TopicDescription late,
        TopicDescription dead,
        TopicDescription changelog,
        @Nullable TopicDescription closed) {
    /** How long late records and dead letters wait for somebody to look at them. */
    static final Duration KEPT_FOR = Duration.ofDays(30);

    static PipelineTopics create(Log log, CompiledPipeline pipeline) {
        List<TopicDescription> sources = pipeline.sources.stream()
                .map(source -> source(log, pipeline, source.topic()))
                .toList();
        int partitions = sources.stream()
                .mapToInt(source -> source.config().partitions())
                .max()
                .orElseThrow();
        int recordBytes = sources.stream()
                .mapToInt(source -> source.config().recordBytesMax())
                .max()
                .orElseThrow();
        Duration horizon = Duration.ofMillis(pipeline.correctableMillis());
        TopicConfig kept = TopicConfig.of(partitions)
                .retention(horizon.compareTo(KEPT_FOR) > 0 ? horizon : KEPT_FOR)
                .recordBytesMax(recordBytes + TopicConfig.ENVELOPE_BYTES_MAX);
        TopicConfig state = TopicConfig.of(1).retention(null).recordBytesMax(TopicConfig.RECORD_BYTES_MAX_LIMIT);
        List<TopicDescription> results = new ArrayList<>();
        for (int i = 0; i < pipeline.sinks.size(); i++) {
            boolean compacted = pipeline.tableSinks.get(i);
            results.add(ensure(
                    log,
                    pipeline.sinks.get(i).topic(),
                    compacted ? TopicConfig.compacted(partitions) : TopicConfig.of(partitions)));
        }
        return new PipelineTopics(
                sources,
                results,
                requireRoom(pipeline, ensure(log, pipeline.pipeline.lateTopic(), kept), kept),
                requireRoom(pipeline, ensure(log, pipeline.pipeline.deadTopic(), kept), kept),
                requireKept(pipeline, ensure(log, pipeline.changelogTopic(), state), false),
                pipeline.isWindowed()
                        ? requireKept(pipeline, ensure(log, pipeline.closedTopic(), compactedState(state)), true)
                        : null);
    }

    private static TopicDescription source(Log log, CompiledPipeline pipeline, String name) {
        return log.topic(name)
                .orElseThrow(() -> new PipelineException("pipeline '" + pipeline.name() + "' reads topic '" + name
                        + "', which does not exist: create it, or load something into it"));
    }

    List<String> read() {
        return sources.stream().map(TopicDescription::name).toList();
    }

    List<String> written() {
        return Stream.concat(results.stream(), Stream.of(late, dead, changelog, closed))
                .filter(Objects::nonNull)
                .map(TopicDescription::name)
                .toList();
    }

    /** State must not be deleted by age or size; the pipeline itself says what it no longer needs. */
    private static TopicDescription requireKept(
            CompiledPipeline pipeline, TopicDescription topic, boolean mayBeCompacted) {
        TopicConfig config = topic.config();
        String place = "pipeline '" + pipeline.name() + "' keeps state in topic '" + topic.name() + "', which ";
        if (config.retention() != null || config.retentionBytes() != null) {
            throw new PipelineException(place + "would be deleted by age or size. Give it a retention without limits"
                    + " (on Kafka: retention.ms=-1 and retention.bytes=-1)");
        }
        if (config.compacted() && !mayBeCompacted) {
            throw new PipelineException(
                    place + "would be compacted. Make it keep all records (on Kafka: cleanup.policy=delete)");
        }
        if (config.partitions() != 1) {
            throw new PipelineException(place + "has " + config.partitions()
                    + " partitions; it must have one. Delete it if it is not yet in use, and the pipeline makes it as"
                    + " it should be");
        }
        return topic;
    }

    /** A topic that was there already must take what the pipeline will send it. */
    private static TopicDescription requireRoom(CompiledPipeline pipeline, TopicDescription topic, TopicConfig needed) {
        TopicConfig config = topic.config();
        if (config.partitions() < needed.partitions() || config.recordBytesMax() < needed.recordBytesMax()) {
            throw new PipelineException("pipeline '" + pipeline.name() + "' needs topic '" + topic.name() + "' to have "
                    + needed.partitions() + " partitions or more and records of up to " + needed.recordBytesMax()
                    + " bytes; it has " + config.partitions() + " and " + config.recordBytesMax()
                    + ": delete it, and the pipeline makes it as it should be. If the source has got more partitions"
                    + " since the pipeline began, run the pipeline under another name instead");
        }
        return topic;
    }

    private static TopicConfig compactedState(TopicConfig state) {
        return TopicConfig.compacted(1).recordBytesMax(state.recordBytesMax());
    }

    private static TopicDescription ensure(Log log, String name, TopicConfig config) {
        return log.topic(name).orElseGet(() -> {
            try {
                return log.createTopic(name, config);
            } catch (LogException e) {
                if (e.code() == LogException.Code.TOPIC_EXISTS) {
                    return log.topic(name).orElseThrow(() -> e);
                }
                throw e;
            }
        });
    }
}
