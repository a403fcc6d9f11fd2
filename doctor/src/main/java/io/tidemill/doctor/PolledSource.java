package io.tidemill.doctor;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Watches a group of a cluster that keeps no journal: describes it again and again, and compares. Rebalances between two looks
 * are missed, and who left cannot be told from who was thrown out; so {@link Finding#confidence()} is never high, and {@link
 * Finding#alternatives()} names what looks the same. Calls block for the time of the watch, and end early, with what was seen,
 * when the thread is interrupted. Thread-safe if the admin is.
 */
public final class PolledSource {
    /** Looks of one watch; a longer one looks less often. */
    public static final int LOOKS_MAX = 10_000;

    private static final Duration ANSWER_WAIT_MAX = Duration.ofSeconds(30);

    private final Admin admin;
    private final InstantSource clock;

    public PolledSource(Admin admin, InstantSource clock) {
        this.admin = admin;
        this.clock = clock;
    }

    /**
     * Watches {@code group}.
     *
     * @param watch for how long
     * @param every the time between two looks, 100 ms at least
     * @throws KafkaException if the cluster cannot be asked
     */
    public Observations watch(String group, Duration watch, Duration every) {
        Duration least = watch.dividedBy(LOOKS_MAX);
        Duration pause = every.compareTo(least) < 0 ? least : every;
        long pauseMillis = Math.max(100, pause.toMillis());
        Instant from = clock.instant();
        Instant until = from.plus(watch);
        Differences differences = new Differences(group);
        Look last = look(group);
        differences.add(last);
        while (clock.instant().plusMillis(pauseMillis).isBefore(until) && rest(pauseMillis)) {
            try {
                last = look(group);
            } catch (InterruptException e) {
                break;
            }
            differences.add(last);
        }
        return new Observations(
                group,
                Observations.Source.POLLED,
                from,
                clock.instant(),
                differences.rebalances(),
                0,
                differences.isTruncated(),
                last.snapshot(),
                last.lag());
    }

    /** The group as it is now, and its lag, for a diagnosis from the journal. */
    public Observations addPresent(Observations observations) {
        Look now = look(observations.group());
        return observations.snapshot(now.snapshot()).lag(now.lag());
    }

    private static boolean rest(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Look look(String group) {
        Optional<ConsumerGroupDescription> description =
                answer(admin.describeConsumerGroups(List.of(group)).all()).map(each -> each.get(group));
        Map<TopicPartition, OffsetAndMetadata> committed = answer(
                        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                .orElse(Map.of());
        Map<TopicPartition, Long> offsets = new HashMap<>();
        committed.forEach((partition, offset) -> {
            // The admin gives null for a partition without an offset.
            if (Optional.ofNullable(offset).isPresent()) {
                offsets.put(partition, offset.offset());
            }
        });
        return new Look(
                clock.instant().toEpochMilli(),
                description.map(each -> each.groupState().name()).orElse("DEAD"),
                description.map(PolledSource::type).orElse(io.tidemill.groups.GroupType.CLASSIC),
                description.flatMap(ConsumerGroupDescription::groupEpoch).orElse(0),
                members(description.map(ConsumerGroupDescription::members).orElse(List.of())),
                partitions(offsets.keySet()),
                offsets,
                ends(offsets.keySet()));
    }

    private static io.tidemill.groups.GroupType type(ConsumerGroupDescription description) {
        return description.type() == GroupType.CONSUMER
                ? io.tidemill.groups.GroupType.CONSUMER
                : io.tidemill.groups.GroupType.CLASSIC;
    }

    private static Map<String, Look.Member> members(Iterable<MemberDescription> descriptions) {
        Map<String, Look.Member> members = new TreeMap<>();
        for (MemberDescription each : descriptions) {
            members.put(
                    each.consumerId(),
                    new Look.Member(
                            each.consumerId(),
                            each.groupInstanceId().orElse(null),
                            each.clientId(),
                            each.host(),
                            each.memberEpoch().orElse(0),
                            List.copyOf(each.assignment().topicPartitions())));
        }
        return members;
    }

    private Map<String, Integer> partitions(Iterable<TopicPartition> known) {
        List<String> topics = new ArrayList<>();
        known.forEach(each -> topics.add(each.topic()));
        List<String> distinct = topics.stream().distinct().limit(1_000).toList();
        Map<String, Integer> partitions = new TreeMap<>();
        admin.describeTopics(distinct)
                .topicNameValues()
                .forEach((topic, answer) -> answer(answer)
                        .map(TopicDescription::partitions)
                        .ifPresent(each -> partitions.put(topic, each.size())));
        return partitions;
    }

    private Map<TopicPartition, Long> ends(Iterable<TopicPartition> partitions) {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        partitions.forEach(each -> wanted.put(each, OffsetSpec.latest()));
        ListOffsetsResult result = admin.listOffsets(wanted);
        return wanted.keySet().stream()
                .flatMap(
                        each -> answer(result.partitionResult(each)).map(end -> Map.entry(each, end.offset())).stream())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Empty if there is no such group, topic or partition. */
    private static <T> Optional<T> answer(KafkaFuture<T> future) {
        try {
            return Optional.of(future.get(ANSWER_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException
                    || e.getCause() instanceof UnknownTopicOrPartitionException) {
                return Optional.empty();
            }
            throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
        } catch (TimeoutException e) {
            throw new org.apache.kafka.common.errors.TimeoutException("the cluster did not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }
}
