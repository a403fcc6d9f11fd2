package io.tidemill.operations;

import io.tidemill.log.TopicConfig;
import io.tidemill.operations.ExplainPlan.TopicUse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The topics that a pipeline reads and writes. */
final class Topics {
    /** How long the engine keeps late records and dead letters, at least. */
    private static final Duration ENVELOPES_KEPT = Duration.ofDays(30);

    private static final String ENVELOPE = "as in the source, and an envelope";

    private Topics() {}

    static String changelog(Parts parts) {
        return parts.name() + ".changelog";
    }

    static String closed(Parts parts) {
        return parts.name() + ".closed";
    }

    static List<TopicUse> of(Parts parts) {
        List<TopicUse> topics = new ArrayList<>();
        topics.add(new TopicUse(
                parts.sourceTopic(),
                true,
                "the source",
                parts.from().topic().codec().format(),
                "as the topic says (an audit needs all that was read)"));
        topics.add(results(parts));
        if (parts.windowed() != null) {
            topics.add(written(parts.pipeline().lateTopic(), "late records", ENVELOPE, envelopesKept(parts)));
        }
        topics.add(written(parts.pipeline().deadTopic(), "dead letters", ENVELOPE, envelopesKept(parts)));
        topics.add(written(changelog(parts), "the state", "tidemill", "while it is state"));
        if (parts.windowed() != null) {
            topics.add(written(closed(parts), "the accumulators of closed windows", "tidemill", closedKept(parts)));
        }
        return topics;
    }

    private static TopicUse written(String topic, String holds, String format, String kept) {
        return new TopicUse(topic, false, holds, format, kept);
    }

    private static TopicUse results(Parts parts) {
        String key = parts.keyBy() == null
                ? "key as in the source"
                : "key " + parts.keyBy().codec().format() + (parts.windowed() == null ? "" : " and window");
        String format = key + ", value " + parts.to().codec().format();
        return parts.aggregated() == null
                ? written(parts.to().topic(), "the results", format, "for " + Wording.of(TopicConfig.RETENTION_DEFAULT))
                : written(parts.to().topic(), "the results", format, "for ever, the newest of every key");
    }

    private static String envelopesKept(Parts parts) {
        Duration horizon =
                parts.windowed() == null ? Duration.ZERO : parts.windowed().correctableFor();
        return "for " + Wording.of(horizon.compareTo(ENVELOPES_KEPT) > 0 ? horizon : ENVELOPES_KEPT);
    }

    private static String closedKept(Parts parts) {
        return parts.windowed() == null
                ? ""
                : "until the watermark is " + Wording.of(parts.windowed().correctableFor()) + " past their window";
    }
}
