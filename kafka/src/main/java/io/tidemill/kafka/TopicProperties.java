package io.tidemill.kafka;

import io.tidemill.log.TopicConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A topic's configuration in Kafka's words. Some of them have an effect here; the others are checked, kept and shown, so that
 * tools that set them go on working.
 */
final class TopicProperties {
    static final String CLEANUP_POLICY = "cleanup.policy";
    static final String MAX_MESSAGE_BYTES = "max.message.bytes";
    static final String TIMESTAMP_TYPE = "message.timestamp.type";
    static final String TIMESTAMP_AFTER_MAX = "message.timestamp.after.max.ms";
    static final String RETENTION_BYTES = "retention.bytes";
    static final String RETENTION_MILLIS = "retention.ms";

    /** Kafka's: a record of 1 MiB, and what is around it. */
    static final int MAX_MESSAGE_BYTES_DEFAULT = (1 << 20) + 12;

    private static final String COMPACT = "compact";
    private static final String DELETE = "delete";
    private static final String LOG_APPEND_TIME = "LogAppendTime";
    private static final long UNLIMITED = -1;

    /** What a value has to be. */
    enum ValueType {
        BOOLEAN(1),
        STRING(2),
        INT(3),
        LONG(5),
        DOUBLE(6),
        LIST(7);

        private final byte code;

        ValueType(int code) {
            this.code = (byte) code;
        }

        byte code() {
            return code;
        }
    }

    /**
     * A property that is known.
     *
     * @param brokerName the broker's property that gives the default
     */
    record Known(String name, ValueType type, String defaultValue, String brokerName, Set<String> choices) {
        private Known(String name, ValueType type, String defaultValue, String brokerName) {
            this(name, type, defaultValue, brokerName, Set.of());
        }
    }

    private static final Map<String, Known> KNOWN = known(
            new Known(CLEANUP_POLICY, ValueType.LIST, DELETE, "log.cleanup.policy", Set.of(DELETE, COMPACT)),
            new Known(
                    "compression.type",
                    ValueType.STRING,
                    "producer",
                    "compression.type",
                    Set.of("producer", "uncompressed", "zstd", "lz4", "snappy", "gzip")),
            new Known("delete.retention.ms", ValueType.LONG, "86400000", "log.cleaner.delete.retention.ms"),
            new Known("file.delete.delay.ms", ValueType.LONG, "60000", "log.segment.delete.delay.ms"),
            new Known("flush.messages", ValueType.LONG, "9223372036854775807", "log.flush.interval.messages"),
            new Known("flush.ms", ValueType.LONG, "9223372036854775807", "log.flush.interval.ms"),
            new Known("follower.replication.throttled.replicas", ValueType.LIST, "", ""),
            new Known("index.interval.bytes", ValueType.INT, "4096", "log.index.interval.bytes"),
            new Known("leader.replication.throttled.replicas", ValueType.LIST, "", ""),
            new Known(
                    "max.compaction.lag.ms",
                    ValueType.LONG,
                    "9223372036854775807",
                    "log.cleaner.max.compaction.lag.ms"),
            new Known(
                    MAX_MESSAGE_BYTES, ValueType.INT, Integer.toString(MAX_MESSAGE_BYTES_DEFAULT), "message.max.bytes"),
            new Known(TIMESTAMP_AFTER_MAX, ValueType.LONG, "3600000", "log.message.timestamp.after.max.ms"),
            new Known(
                    "message.timestamp.before.max.ms",
                    ValueType.LONG,
                    "9223372036854775807",
                    "log.message.timestamp.before.max.ms"),
            new Known(
                    TIMESTAMP_TYPE,
                    ValueType.STRING,
                    "CreateTime",
                    "log.message.timestamp.type",
                    Set.of("CreateTime", LOG_APPEND_TIME)),
            new Known("min.cleanable.dirty.ratio", ValueType.DOUBLE, "0.5", "log.cleaner.min.cleanable.ratio"),
            new Known("min.compaction.lag.ms", ValueType.LONG, "0", "log.cleaner.min.compaction.lag.ms"),
            new Known("min.insync.replicas", ValueType.INT, "1", "min.insync.replicas"),
            new Known("preallocate", ValueType.BOOLEAN, "false", "log.preallocate"),
            new Known(RETENTION_BYTES, ValueType.LONG, "-1", "log.retention.bytes"),
            new Known(RETENTION_MILLIS, ValueType.LONG, "604800000", "log.retention.ms"),
            new Known("segment.bytes", ValueType.INT, "1073741824", "log.segment.bytes"),
            new Known("segment.index.bytes", ValueType.INT, "10485760", "log.index.size.max.bytes"),
            new Known("segment.jitter.ms", ValueType.LONG, "0", "log.roll.jitter.ms"),
            new Known("segment.ms", ValueType.LONG, "604800000", "log.roll.ms"),
            new Known("unclean.leader.election.enable", ValueType.BOOLEAN, "false", "unclean.leader.election.enable"));

    private TopicProperties() {}

    private static Map<String, Known> known(Known... all) {
        Map<String, Known> byName = new LinkedHashMap<>();
        Arrays.stream(all).forEach(one -> byName.put(one.name(), one));
        return byName;
    }

    static Iterable<Known> all() {
        return KNOWN.values();
    }

    static @Nullable Known byName(String name) {
        return KNOWN.get(name);
    }

    /** A topic of which nothing is said. */
    static TopicConfig defaults(int partitions) {
        return config(partitions, Map.of());
    }

    /**
     * The configuration that {@code said} means.
     *
     * @throws IllegalArgumentException that names all that is wrong with it
     */
    static TopicConfig config(int partitions, Map<String, String> said) {
        List<String> mistakes = new ArrayList<>();
        said.forEach((name, value) -> check(name, value, mistakes));
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
        Map<String, String> all = new HashMap<>();
        KNOWN.values().forEach(one -> all.put(one.name(), said.getOrDefault(one.name(), one.defaultValue())));
        Set<String> policy = Set.copyOf(list(value(all, CLEANUP_POLICY)));
        boolean compacted = policy.contains(COMPACT);
        boolean deletes = policy.contains(DELETE);
        long retentionMillis = Long.parseLong(value(all, RETENTION_MILLIS));
        long retentionBytes = Long.parseLong(value(all, RETENTION_BYTES));
        Map<String, String> kept = new TreeMap<>(said);
        return new TopicConfig(
                partitions,
                deletes && retentionMillis != UNLIMITED ? bounded(retentionMillis) : null,
                deletes && retentionBytes != UNLIMITED ? (Long) retentionBytes : null,
                compacted,
                Math.max(1024, Integer.parseInt(value(all, MAX_MESSAGE_BYTES))),
                value(all, TIMESTAMP_TYPE).equals(LOG_APPEND_TIME),
                kept);
    }

    private static String value(Map<String, String> all, String name) {
        String value = all.get(name);
        if (value == null) {
            throw new IllegalStateException(name);
        }
        return value.strip();
    }

    /** Kafka takes any number of milliseconds; longer than a thousand years is for ever. */
    private static @Nullable Duration bounded(long millis) {
        Duration duration = Duration.ofMillis(millis);
        return duration.toDays() > 365_000 ? null : duration;
    }

    private static void check(String name, @Nullable String value, List<String> mistakes) {
        Known known = KNOWN.get(name);
        if (known == null) {
            mistakes.add("Unknown topic config name: " + name);
        } else if (value == null) {
            mistakes.add("Null value not supported for topic configs: " + name);
        } else if (!isSound(known, value.strip())) {
            mistakes.add("Invalid value " + value + " for configuration " + name);
        }
    }

    private static boolean isSound(Known known, String value) {
        try {
            return switch (known.type()) {
                case BOOLEAN -> Set.of("true", "false").contains(value.toLowerCase(Locale.ROOT));
                case STRING -> known.choices().isEmpty() || known.choices().contains(value);
                case INT -> inRange(known.name(), Integer.parseInt(value));
                case LONG -> inRange(known.name(), Long.parseLong(value));
                case DOUBLE -> Double.parseDouble(value) >= 0 && Double.parseDouble(value) <= 1;
                case LIST -> known.choices().isEmpty() || known.choices().containsAll(list(value));
            };
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static boolean inRange(String name, long value) {
        return switch (name) {
            case RETENTION_MILLIS, RETENTION_BYTES -> value >= -1;
            case MAX_MESSAGE_BYTES ->
                value >= 0 && value <= TopicConfig.RECORD_BYTES_MAX_LIMIT + TopicConfig.ENVELOPE_BYTES_MAX;
            case "min.insync.replicas", "flush.messages", "max.compaction.lag.ms" -> value >= 1;
            case "segment.bytes" -> value >= 1 << 20;
            default -> value >= 0;
        };
    }

    private static List<String> list(String value) {
        return value.isBlank()
                ? List.of()
                : Arrays.stream(value.split(",", -1)).map(String::strip).toList();
    }

    /** What was said of a topic, in Kafka's words: by this protocol, or by {@link TopicConfig}. */
    static Map<String, String> said(TopicConfig config) {
        Map<String, String> said = new TreeMap<>(config.properties());
        said.keySet().retainAll(KNOWN.keySet());
        TopicConfig meant = config(config.partitions(), said);
        if (config.compacted() != meant.compacted()) {
            said.put(CLEANUP_POLICY, config.compacted() ? COMPACT : DELETE);
        }
        if (config.recordBytesMax() != meant.recordBytesMax()) {
            said.put(MAX_MESSAGE_BYTES, Integer.toString(config.recordBytesMax()));
        }
        if (config.stampedAtAppend() != meant.stampedAtAppend()) {
            said.put(TIMESTAMP_TYPE, config.stampedAtAppend() ? LOG_APPEND_TIME : "CreateTime");
        }
        boolean deletes = !config.compacted() || config.retention() != null;
        if (deletes && !java.util.Objects.equals(config.retention(), meant.retention())) {
            Duration retention = config.retention();
            said.put(RETENTION_MILLIS, Long.toString(retention == null ? UNLIMITED : retention.toMillis()));
        }
        if (!java.util.Objects.equals(config.retentionBytes(), meant.retentionBytes())) {
            Long bytes = config.retentionBytes();
            said.put(RETENTION_BYTES, Long.toString(bytes == null ? UNLIMITED : bytes));
        }
        return said;
    }

    /** How far ahead of the clock a record's timestamp may be. */
    static long timestampAheadMillisMax(TopicConfig config) {
        String said = config.properties().get(TIMESTAMP_AFTER_MAX);
        return said == null ? 3_600_000 : Long.parseLong(said.strip());
    }
}
