package io.tidemill.groups;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tidemill.log.Commit;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.RecordCursor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The two internal topics: what groups are, and what became of them. */
final class GroupStore {
    private static final int KEY_VERSION = 1;
    private static final int FETCH_BYTES_MAX = 1 << 20;
    private static final TopicPartition GROUPS = new TopicPartition(GroupCoordinator.GROUPS_TOPIC, 0);
    private static final TopicPartition REBALANCES = new TopicPartition(GroupCoordinator.REBALANCES_TOPIC, 0);
    private static final Duration REBALANCES_RETENTION = Duration.ofDays(7);
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .build();

    private final Log log;
    private final InstantSource clock;

    GroupStore(Log log, InstantSource clock) {
        this.log = log;
        this.clock = clock;
        create(
                GroupCoordinator.GROUPS_TOPIC,
                TopicConfig.compacted(1).recordBytesMax(TopicConfig.RECORD_BYTES_MAX_LIMIT));
        create(
                GroupCoordinator.REBALANCES_TOPIC,
                TopicConfig.of(1).retention(REBALANCES_RETENTION).recordBytesMax(8 << 20));
    }

    private void create(String topic, TopicConfig config) {
        if (log.topic(topic).isEmpty()) {
            log.createTopic(topic, config);
        }
    }

    /** Returns when everything is durable; throws {@link LogException} if nothing is. */
    void commit(Changes changes) {
        if (changes.isEmpty()) {
            return;
        }
        long now = clock.millis();
        Commit.Builder commit = Commit.builder();
        if (!changes.records().isEmpty()) {
            BatchBuilder batch = new BatchBuilder();
            changes.records()
                    .forEach((key, value) ->
                            batch.add(now, writeKey(key), value == null ? null : writeValue(value), List.of()));
            commit.append(GROUPS, batch.build());
        }
        if (!changes.rebalances().isEmpty()) {
            BatchBuilder batch = new BatchBuilder();
            changes.rebalances()
                    .forEach(rebalance -> batch.add(
                            now, rebalance.group().getBytes(StandardCharsets.UTF_8), rebalance.toJson(), List.of()));
            commit.append(REBALANCES, batch.build());
        }
        log.commit(commit.build());
    }

    /** The newest record of each key, those of groups before those of members. */
    Map<RecordKey, GroupRecord> load() {
        Map<RecordKey, GroupRecord> groups = new LinkedHashMap<>();
        Map<RecordKey, GroupRecord> members = new LinkedHashMap<>();
        RecordCursor cursor = new RecordCursor();
        OffsetRange range = log.offsets(GROUPS);
        for (long at = range.start(); at < range.end(); at = cursor.nextOffset()) {
            log.fetch(GROUPS, at, FETCH_BYTES_MAX, cursor);
            while (cursor.next()) {
                RecordKey key = readKey(cursor.key());
                put(key.memberId() == null ? groups : members, key, cursor.value());
            }
        }
        groups.putAll(members);
        return groups;
    }

    private static void put(Map<RecordKey, GroupRecord> records, RecordKey key, byte @Nullable [] value) {
        if (value == null) {
            records.remove(key);
        } else {
            records.put(key, readValue(value));
        }
    }

    static byte[] writeKey(RecordKey key) {
        try {
            return MAPPER.writeValueAsBytes(
                    key.memberId() == null
                            ? new Object[] {KEY_VERSION, key.groupId()}
                            : new Object[] {KEY_VERSION, key.groupId(), key.memberId()});
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the key of " + key + " cannot be written: " + e.getMessage(), e);
        }
    }

    static RecordKey readKey(byte @Nullable [] bytes) {
        try {
            JsonNode key = MAPPER.readTree(bytes == null ? new byte[0] : bytes);
            if (!key.isArray()
                    || key.path(0).asInt() != KEY_VERSION
                    || !key.path(1).isTextual()) {
                throw new IllegalStateException(GROUPS + " has a key of an unknown version: " + key);
            }
            return new RecordKey(key.path(1).asText(), key.has(2) ? key.path(2).asText() : null);
        } catch (IOException e) {
            throw new IllegalStateException(GROUPS + " has a key that cannot be read: " + e.getMessage(), e);
        }
    }

    static byte[] writeValue(GroupRecord value) {
        try {
            return MAPPER.writerFor(GroupRecord.class).writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the state of a group cannot be written: " + e.getMessage(), e);
        }
    }

    static GroupRecord readValue(byte[] bytes) {
        try {
            return MAPPER.readValue(bytes, GroupRecord.class);
        } catch (IOException e) {
            throw new IllegalStateException(GROUPS + " has a record that cannot be read: " + e.getMessage(), e);
        }
    }
}
