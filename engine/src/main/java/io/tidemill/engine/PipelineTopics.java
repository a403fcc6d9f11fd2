package io.tidemill.engine;

import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The topics of a pipeline, made where they are missing. */
record PipelineTopics(
        TopicDescription source,
        TopicDescription results,
        TopicDescription late,
        TopicDescription dead,
        TopicDescription changelog,
        @Nullable TopicDescription closed) {
    /** How long late records and dead letters wait for somebody to look at them. */
    static final Duration KEPT_FOR = Duration.ofDays(30);

    static PipelineTopics create(Log log, CompiledPipeline pipeline) {
        String sourceName = pipeline.from.topic().name();
        TopicDescription source = log.topic(sourceName)
                .orElseThrow(() -> new PipelineException("pipeline '" + pipeline.name() + "' reads topic '" + sourceName
                        + "', which does not exist: create it, or load something into it"));
        int partitions = source.config().partitions();
        Duration horizon = Duration.ofMillis(pipeline.correctableMillis);
        TopicConfig kept = TopicConfig.of(partitions)
                .retention(horizon.compareTo(KEPT_FOR) > 0 ? horizon : KEPT_FOR)
                .recordBytesMax(source.config().recordBytesMax() + TopicConfig.ENVELOPE_BYTES_MAX);
        TopicConfig state = TopicConfig.of(1).retention(null).recordBytesMax(TopicConfig.RECORD_BYTES_MAX_LIMIT);
        boolean compacted = pipeline.isAggregating();
        return new PipelineTopics(
                source,
                ensure(
                        log,
                        pipeline.to.topic(),
                        compacted ? TopicConfig.compacted(partitions) : TopicConfig.of(partitions)),
                requireRoom(pipeline, ensure(log, pipeline.pipeline.lateTopic(), kept), kept),
                requireRoom(pipeline, ensure(log, pipeline.pipeline.deadTopic(), kept), kept),
                ensure(log, pipeline.changelogTopic(), state),
                pipeline.isWindowed() ? ensure(log, pipeline.closedTopic(), compactedState(state)) : null);
    }

    /** A topic that was there already must take what the pipeline will send it. */
    private static TopicDescription requireRoom(CompiledPipeline pipeline, TopicDescription topic, TopicConfig needed) {
        TopicConfig config = topic.config();
        if (config.partitions() < needed.partitions() || config.recordBytesMax() < needed.recordBytesMax()) {
            throw new PipelineException("pipeline '" + pipeline.name() + "' needs topic '" + topic.name() + "' to have "
                    + needed.partitions() + " partitions or more and records of up to " + needed.recordBytesMax()
                    + " bytes; it has " + config.partitions() + " and " + config.recordBytesMax()
                    + ": delete it, and the pipeline makes it as it should be");
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
