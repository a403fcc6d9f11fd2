package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import io.tidemill.log.TopicConfig;
import io.tidemill.operations.ExplainPlan.TopicUse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The topics that a pipeline reads and writes. */
final class Topics {
    /** How long the engine keeps late records and dead letters, at least. */
    private static final Duration ENVELOPES_KEPT = Duration.ofDays(30);

    private static final String ENVELOPE = "as in the source, and an envelope";

    private Topics() {}

    static String changelog(Pipeline pipeline) {
        return pipeline.name() + ".changelog";
    }

    static String changelog(Parts parts) {
        return changelog(parts.pipeline());
    }

    static String closed(Pipeline pipeline) {
        return pipeline.name() + ".closed";
    }

    static String closed(Parts parts) {
        return closed(parts.pipeline());
    }

    static List<TopicUse> of(Pipeline pipeline) {
        List<TopicUse> topics = new ArrayList<>();
        List<Operator> operators = pipeline.operators();
        for (Operator each : operators) {
            if (each instanceof Operator.From from) {
                topics.add(source(from));
            }
        }
        for (int place = 0; place < operators.size(); place++) {
            if (operators.get(place) instanceof Operator.To to) {
                topics.add(results(pipeline, place, to));
            }
        }
        Duration horizon = horizon(pipeline);
        if (horizon != null) {
            topics.add(written(pipeline.lateTopic(), "late records", ENVELOPE, envelopesKept(horizon)));
        }
        topics.add(written(pipeline.deadTopic(), "dead letters", ENVELOPE, envelopesKept(horizon)));
        topics.add(written(changelog(pipeline), "the state", "tidemill", "while it is state"));
        if (horizon != null) {
            String kept = "until the watermark is " + Wording.of(horizon) + " past their window";
            topics.add(written(closed(pipeline), "the accumulators of closed windows", "tidemill", kept));
        }
        return topics;
    }

    /** The longest that windows can be corrected for; null where there are none. */
    private static @Nullable Duration horizon(Pipeline pipeline) {
        return Keeper.of(pipeline).stream()
                .map(Keeper::windowed)
                .filter(Objects::nonNull)
                .map(Operator.Windowed::correctableFor)
                .max(Comparator.naturalOrder())
                .orElse(null);
    }

    private static TopicUse source(Operator.From from) {
        return new TopicUse(
                from.topic().name(),
                true,
                "the source",
                from.topic().codec().format(),
                "as the topic says (an audit needs all that was read)");
    }

    private static TopicUse written(String topic, String holds, String format, String kept) {
        return new TopicUse(topic, false, holds, format, kept);
    }

    private static TopicUse results(Pipeline pipeline, int place, Operator.To to) {
        boolean compacted = comesOf(pipeline, place, Operator::keepsState);
        String format = key(pipeline, place) + ", value " + to.codec().format();
        return written(
                to.topic(),
                "the results",
                format,
                compacted ? "for ever, the newest of every key" : "for " + Wording.of(TopicConfig.RETENTION_DEFAULT));
    }

    /** What the records' keys are, by the nearest operator that decides it. */
    private static String key(Pipeline pipeline, int place) {
        int before = pipeline.inputsOf(place).isEmpty()
                ? -1
                : pipeline.inputsOf(place).get(0);
        Operator operator = before < 0 ? null : pipeline.operators().get(before);
        if (operator == null) {
            return "key as in the source";
        } else if (operator instanceof Operator.KeyBy keyBy
                && pipeline.operators().get(place) instanceof Operator.To) {
            return "key " + keyBy.codec().format();
        } else if (operator instanceof Operator.Joined) {
            return keyOf(pipeline, before) + ", row and window";
        } else if (operator instanceof Operator.Aggregated) {
            Operator input = pipeline.operators().get(pipeline.inputsOf(before).get(0));
            return keyOf(pipeline, before) + (input instanceof Operator.Windowed ? " and window" : "");
        }
        return key(pipeline, before);
    }

    private static String keyOf(Pipeline pipeline, int place) {
        int at = place;
        while (!(pipeline.operators().get(at) instanceof Operator.KeyBy)) {
            at = pipeline.inputsOf(at).get(0);
        }
        return "key " + ((Operator.KeyBy) pipeline.operators().get(at)).codec().format();
    }

    private static boolean comesOf(Pipeline pipeline, int place, Predicate<Operator> test) {
        return pipeline.inputsOf(place).stream()
                .anyMatch(input -> test.test(pipeline.operators().get(input)) || comesOf(pipeline, input, test));
    }

    private static String envelopesKept(@Nullable Duration horizon) {
        return "for " + Wording.of(horizon == null || horizon.compareTo(ENVELOPES_KEPT) < 0 ? ENVELOPES_KEPT : horizon);
    }
}
