package io.tidemill.cluster;

import io.tidemill.log.TopicConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A {@link TopicConfig} in Kafka's words, and back. */
final class TopicSettings {
    static final String CLEANUP_POLICY = "cleanup.policy";
    static final String RETENTION_MILLIS = "retention.ms";
    static final String RETENTION_BYTES = "retention.bytes";
    static final String MESSAGE_BYTES_MAX = "max.message.bytes";
    static final String TIMESTAMP_TYPE = "message.timestamp.type";
    static final String TIMESTAMP_AFTER_MAX = "message.timestamp.after.max.ms";
    static final String LOG_APPEND_TIME = "LogAppendTime";
    static final String UNLIMITED = "-1";

    /** What Kafka counts and we do not: the batch around a record, and the lengths inside. */
    private static final int BATCH_OVERHEAD_BYTES = 1024;

    private TopicSettings() {}

    static Map<String, String> of(TopicConfig config) {
        Duration retention = config.retention();
        Map<String, String> settings = new HashMap<>();
        // Kafka cuts off the beginning of a topic on request only if it also deletes; without limits that is all it
        // deletes.
        settings.put(CLEANUP_POLICY, config.compacted() ? "compact,delete" : "delete");
        settings.put(RETENTION_MILLIS, retention == null ? UNLIMITED : String.valueOf(retention.toMillis()));
        Long bytes = config.retentionBytes();
        settings.put(RETENTION_BYTES, bytes == null ? UNLIMITED : String.valueOf(bytes));
        settings.put(MESSAGE_BYTES_MAX, String.valueOf(config.recordBytesMax() + BATCH_OVERHEAD_BYTES));
        // A result has the time of its window, which may end long after now.
        settings.put(TIMESTAMP_AFTER_MAX, String.valueOf(Long.MAX_VALUE));
        if (retention != null) {
            // Kafka's retention goes by the records' timestamps. Ours counts from the append: see KafkaLog.
            settings.put(TIMESTAMP_TYPE, LOG_APPEND_TIME);
        }
        return settings;
    }

    /** {@code settings} as the cluster describes them. */
    static TopicConfig read(int partitions, Map<String, String> settings) {
        String policy = settings.getOrDefault(CLEANUP_POLICY, "delete");
        boolean deletes = policy.contains("delete");
        Long retention = deletes ? limit(settings.get(RETENTION_MILLIS)) : null;
        return new TopicConfig(
                Math.min(TopicConfig.PARTITIONS_MAX, partitions),
                retention == null ? null : atMostThousandYears(retention),
                deletes ? limit(settings.get(RETENTION_BYTES)) : null,
                policy.contains("compact"),
                recordBytesMax(settings.get(MESSAGE_BYTES_MAX)));
    }

    private static Duration atMostThousandYears(long millis) {
        Duration retention = Duration.ofMillis(millis);
        Duration most = Duration.ofDays(365_000);
        return retention.compareTo(most) > 0 ? most : retention;
    }

    private static @Nullable Long limit(@Nullable String value) {
        return value == null || value.startsWith("-") ? null : Long.valueOf(value);
    }

    private static int recordBytesMax(@Nullable String messageBytesMax) {
        long bytes = messageBytesMax == null
                ? TopicConfig.RECORD_BYTES_MAX_DEFAULT
                : Long.parseLong(messageBytesMax) - BATCH_OVERHEAD_BYTES;
        return (int)
                Math.max(1024, Math.min(bytes, TopicConfig.RECORD_BYTES_MAX_LIMIT + TopicConfig.ENVELOPE_BYTES_MAX));
    }
}
