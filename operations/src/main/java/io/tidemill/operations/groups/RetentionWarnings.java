package io.tidemill.operations.groups;

import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/** Warns of records that retention deletes, or is about to delete, before a group has read them. */
final class RetentionWarnings {
    /** Of the time for which records are kept. */
    private static final double WARN_FROM = 0.8;

    private final Admin admin;
    private final Duration timeLimit;

    RetentionWarnings(Admin admin, Duration timeLimit) {
        this.admin = admin;
        this.timeLimit = timeLimit;
    }

    List<String> about(List<PartitionLag> lags) {
        List<String> warnings = new ArrayList<>();
        Map<String, Duration> retentions = retentions(
                lags.stream().map(each -> each.partition().topic()).collect(Collectors.toCollection(TreeSet::new)));
        for (PartitionLag lag : lags) {
            TopicPartition partition = lag.partition();
            Duration retention = retentions.get(partition.topic());
            if (lag.lostRecords() > 0) {
                warnings.add(lag.lostRecords() + " offsets of " + partition
                        + " were deleted before the group read them: raise the topic's retention.ms"
                        + (retention == null ? "" : " (now " + text(retention) + ")") + ", or read faster");
            }
            Duration age = lag.lagTime();
            if (retention != null
                    && age != null
                    && isNear(age, retention)
                    && (lag.lagRecords() == null || lag.lagRecords() > 0)) {
                Duration left = retention.minus(age);
                warnings.add("the oldest unread record of " + partition + " is " + text(age)
                        + " old, and records are kept for "
                        + text(retention) + ": "
                        + (left.isNegative() ? "it may be deleted at any time" : "it may be deleted in " + text(left))
                        + ". Raise retention.ms, or read faster");
            }
        }
        return warnings;
    }

    private static boolean isNear(Duration age, Duration retention) {
        return age.toMillis() >= retention.toMillis() * WARN_FROM;
    }

    private Map<String, Duration> retentions(Set<String> topics) {
        Map<String, Duration> retentions = new HashMap<>();
        if (topics.isEmpty()) {
            return retentions;
        }
        List<ConfigResource> resources = topics.stream()
                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                .toList();
        GroupAdmin.get(admin.describeConfigs(resources).all(), "read the topics' retention", timeLimit)
                .forEach((resource, config) -> {
                    Duration retention = retention(config);
                    if (retention != null) {
                        retentions.put(resource.name(), retention);
                    }
                });
        return retentions;
    }

    private static @Nullable Duration retention(Config config) {
        ConfigEntry policy = config.get(TopicConfig.CLEANUP_POLICY_CONFIG);
        ConfigEntry millis = config.get(TopicConfig.RETENTION_MS_CONFIG);
        if (policy == null || millis == null || !policy.value().contains(TopicConfig.CLEANUP_POLICY_DELETE)) {
            return null;
        }
        long value = Long.parseLong(millis.value());
        return value < 0 ? null : Duration.ofMillis(value);
    }

    private static String text(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 120) {
            return seconds + " s";
        } else if (seconds < 7_200) {
            return seconds / 60 + " min";
        } else if (seconds < 172_800) {
            return seconds / 3_600 + " h";
        }
        return seconds / 86_400 + " days";
    }
}
