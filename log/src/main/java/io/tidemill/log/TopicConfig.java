package io.tidemill.log;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a topic is kept.
 *
 * @param partitions 1 to 10,000
 * @param retention how long after its append a record is kept; null for ever. Not applied to compacted topics unless set
 * @param retentionBytes how many bytes a partition keeps; null for any number. The oldest batches go first
 * @param compacted whether only the newest record per key is sure to be kept
 * @param recordBytesMax the largest record taken, 1 KiB to 64 MiB, and 1 MiB more for records in an envelope
 * @param stampedAtAppend whether records get the time of their append as their timestamp
 * @param properties what else was said of it in Kafka's words: kept and shown, without effect; at most
 *     {@value #PROPERTIES_MAX}
 */
public record TopicConfig(
        int partitions,
        @Nullable Duration retention,
        @Nullable Long retentionBytes,
        boolean compacted,
        int recordBytesMax,
        boolean stampedAtAppend,
        Map<String, String> properties) {
    public static final int PARTITIONS_MAX = 10_000;
    public static final Duration RETENTION_DEFAULT = Duration.ofDays(7);
    public static final int RECORD_BYTES_MAX_DEFAULT = 1 << 20;
    public static final int RECORD_BYTES_MAX_LIMIT = 64 << 20;

    /** What an envelope around a record of any topic may take more. */
    public static final int ENVELOPE_BYTES_MAX = 1 << 20;

    public static final int PROPERTIES_MAX = 100;
    private static final int PROPERTY_LENGTH_MAX = 1_000;

    public TopicConfig {
        List<String> mistakes = new ArrayList<>();
        if (partitions < 1 || partitions > PARTITIONS_MAX) {
            mistakes.add("partitions is 1 to " + PARTITIONS_MAX + ", not " + partitions);
        }
        if (retention != null && (retention.isNegative() || retention.toDays() > 365_000)) {
            mistakes.add("retention is zero to 1,000 years, not " + retention);
        }
        if (retentionBytes != null && retentionBytes < 0) {
            mistakes.add("retentionBytes is 0 or more, not " + retentionBytes);
        }
        if (recordBytesMax < 1024 || recordBytesMax > RECORD_BYTES_MAX_LIMIT + ENVELOPE_BYTES_MAX) {
            mistakes.add("recordBytesMax is 1024 to " + RECORD_BYTES_MAX_LIMIT + ", not " + recordBytesMax);
        }
        if (properties.size() > PROPERTIES_MAX
                || properties.entrySet().stream()
                        .anyMatch(
                                each -> each.getKey().length() + each.getValue().length() > PROPERTY_LENGTH_MAX)) {
            mistakes.add(
                    "properties are at most " + PROPERTIES_MAX + ", of " + PROPERTY_LENGTH_MAX + " characters each");
        }
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
        properties = Map.copyOf(properties);
    }

    public TopicConfig(
            int partitions,
            @Nullable Duration retention,
            @Nullable Long retentionBytes,
            boolean compacted,
            int recordBytesMax) {
        this(partitions, retention, retentionBytes, compacted, recordBytesMax, false, Map.of());
    }

    /** Seven days of records of up to 1 MiB. */
    public static TopicConfig of(int partitions) {
        return new TopicConfig(partitions, RETENTION_DEFAULT, null, false, RECORD_BYTES_MAX_DEFAULT);
    }

    /** The newest record per key, for ever. */
    public static TopicConfig compacted(int partitions) {
        return new TopicConfig(partitions, null, null, true, RECORD_BYTES_MAX_DEFAULT);
    }

    public TopicConfig partitions(int newPartitions) {
        return with(newPartitions, retention, retentionBytes, recordBytesMax);
    }

    public TopicConfig retention(@Nullable Duration newRetention) {
        return with(partitions, newRetention, retentionBytes, recordBytesMax);
    }

    public TopicConfig retentionBytes(@Nullable Long newRetentionBytes) {
        return with(partitions, retention, newRetentionBytes, recordBytesMax);
    }

    public TopicConfig recordBytesMax(int newRecordBytesMax) {
        return with(partitions, retention, retentionBytes, newRecordBytesMax);
    }

    private TopicConfig with(
            int newPartitions,
            @Nullable Duration newRetention,
            @Nullable Long newRetentionBytes,
            int newRecordBytesMax) {
        return new TopicConfig(
                newPartitions,
                newRetention,
                newRetentionBytes,
                compacted,
                newRecordBytesMax,
                stampedAtAppend,
                properties);
    }
}
