package io.tidemill.cli.pipelines;

import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import io.tidemill.log.Log;
import io.tidemill.log.TopicPartition;
import java.util.List;

/** What a pipeline has not read yet. */
public final class Backlog {
    private Backlog() {}

    /** In offsets, by what the pipeline has committed; 0 if there is no such topic. */
    public static long of(Log log, Pipeline pipeline) {
        return sources(pipeline).stream()
                .mapToLong(source -> of(log, pipeline, source))
                .sum();
    }

    private static long of(Log log, Pipeline pipeline, String source) {
        int partitions =
                log.topic(source).map(topic -> topic.config().partitions()).orElse(0);
        long backlog = 0;
        for (int i = 0; i < partitions; i++) {
            TopicPartition partition = new TopicPartition(source, i);
            long start = log.offsets(partition).start();
            long next = log.committed(pipeline.name(), partition).orElse(start);
            backlog += log.offsets(partition).end() - Math.max(start, next);
        }
        return backlog;
    }

    /** The topics that the pipeline reads. */
    public static List<String> sources(Pipeline pipeline) {
        return pipeline.operators().stream()
                .filter(Operator.From.class::isInstance)
                .map(from -> ((Operator.From) from).topic().name())
                .toList();
    }

    /** The topic that the pipeline's results go to. */
    public static String resultsTopic(Pipeline pipeline) {
        return ((Operator.To) pipeline.operators().get(pipeline.operators().size() - 1)).topic();
    }
}
