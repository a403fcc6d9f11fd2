package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.History.Place;
import io.tidemill.groups.ClientInfo;
import io.tidemill.groups.GroupError;
import io.tidemill.groups.HeartbeatRequest;
import io.tidemill.groups.JoinProtocol;
import io.tidemill.groups.JoinRequest;
import io.tidemill.groups.JoinResult;
import io.tidemill.groups.OffsetCommitCheck;
import io.tidemill.groups.SyncRequest;
import io.tidemill.groups.SyncResult;
import io.tidemill.log.CommittedOffset;
import io.tidemill.log.ProducerIdentity;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A member of a classic group: consumes, transforms and produces, each batch in one transaction with its offset. */
final class SimulatedTransformer extends SimulatedTransaction {
    private static final String PROTOCOL = "range";
    private static final int BATCH_MAX = 6;

    private final ClientInfo client;
    private final String group;
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private String memberId = "";
    private @Nullable CompletableFuture<JoinResult> joining;
    private @Nullable CompletableFuture<SyncResult> syncing;
    private @Nullable JoinResult joined;
    private @Nullable List<TopicPartition> assigned;
    private Map<TopicPartition, Long> committing = Map.of();

    SimulatedTransformer(
            String transactionalId, String group, SimulatedNode node, History history, SplittableRandom random) {
        super(transactionalId, node, history, random);
        this.group = group;
        client = new ClientInfo(transactionalId, "/10.0.0.1", "", "", transactionalId);
    }

    @Override
    void plan(ProducerIdentity producer) {
        if (assigned == null) {
            joinStep();
            return;
        }
        if (chance(2)) {
            beat();
        } else if (positions.size() < assigned.size()) {
            findPositions(assigned);
        } else if (!assigned.isEmpty()) {
            transform(producer, any(assigned));
        }
        if (chance(60)) {
            stall(60);
        }
    }

    // ---- membership

    private void joinStep() {
        if (joining != null) {
            if (joining.isDone()) {
                joined(joining.join());
            }
        } else if (syncing != null) {
            if (syncing.isDone()) {
                synced(syncing.join());
            }
        } else {
            joining = node.coordinator()
                    .join(new JoinRequest(
                            client,
                            group,
                            memberId,
                            null,
                            Duration.ofSeconds(10),
                            Duration.ofSeconds(30),
                            "consumer",
                            List.of(new JoinProtocol(PROTOCOL, new byte[1])),
                            null,
                            true,
                            true));
        }
    }

    private void joined(JoinResult result) {
        joining = null;
        if (result.error() == GroupError.MEMBER_ID_REQUIRED) {
            memberId = result.memberId();
        } else if (result.error() != GroupError.NONE) {
            failed(result.error());
        } else {
            memberId = result.memberId();
            joined = result;
            boolean leads = memberId.equals(result.leader()) && !result.skipAssignment();
            syncing = node.coordinator()
                    .sync(new SyncRequest(
                            client,
                            group,
                            memberId,
                            null,
                            result.generation(),
                            "consumer",
                            PROTOCOL,
                            leads ? assignments(result) : Map.of()));
        }
    }

    private static Map<String, byte[]> assignments(JoinResult result) {
        Map<String, byte[]> assignments = new HashMap<>();
        int count = result.members().size();
        for (int i = 0; i < count; i++) {
            StringBuilder numbers = new StringBuilder();
            for (int p = i; p < Topics.SOURCES.size(); p += count) {
                numbers.append(p);
            }
            assignments.put(
                    result.members().get(i).memberId(), numbers.toString().getBytes(StandardCharsets.UTF_8));
        }
        return assignments;
    }

    private void synced(SyncResult result) {
        syncing = null;
        if (result.error() != GroupError.NONE) {
            failed(result.error());
            return;
        }
        List<TopicPartition> mine = new ArrayList<>();
        for (byte digit : result.assignment()) {
            mine.add(Topics.SOURCES.get(digit - '0'));
        }
        positions.clear();
        assigned = mine;
        history.event(transactionalId + " was assigned " + mine);
    }

    private void beat() {
        JoinResult in = joined;
        if (in != null) {
            failed(node.coordinator().heartbeat(new HeartbeatRequest(client, group, memberId, null, in.generation())));
        }
    }

    private void failed(GroupError error) {
        if (error == GroupError.NONE || error == GroupError.COORDINATOR_NOT_AVAILABLE) {
            return;
        }
        if (error == GroupError.UNKNOWN_MEMBER_ID) {
            memberId = "";
        }
        joined = null;
        assigned = null;
        positions.clear();
    }

    // ---- work

    private void findPositions(List<TopicPartition> mine) {
        Map<TopicPartition, Long> promised = history.promised(group);
        Set<io.tidemill.log.TopicPartition> unstable = node.log().pendingOffsets(group);
        Map<io.tidemill.log.TopicPartition, CommittedOffset> committed =
                node.log().committedOffsets(group);
        for (TopicPartition partition : mine) {
            io.tidemill.log.TopicPartition own = SimulatedNode.own(partition);
            if (!unstable.contains(own)) {
                CommittedOffset offset = committed.get(own);
                long position = offset == null ? 0 : offset.offset();
                if (position < promised.getOrDefault(partition, 0L)) {
                    history.violation(group + " was told that " + promised.get(partition) + " is committed in "
                            + partition + ", and begins at " + position);
                }
                positions.put(partition, position);
            }
        }
    }

    private void transform(ProducerIdentity producer, TopicPartition source) {
        List<String> values = new ArrayList<>();
        long[] next = {positions.getOrDefault(source, 0L)};
        long end = node.readCommitted(source, next[0], (place, value) -> {
            if (values.size() < BATCH_MAX) {
                values.add(transformed(place, value));
                next[0] = place.offset() + 1;
            }
        });
        if (values.isEmpty()) {
            positions.put(source, end);
            return;
        }
        committing = Map.of(source, next[0]);
        TopicPartition output = new TopicPartition(Topics.OUT + group, Topics.SOURCES.indexOf(source));
        addPartitions(producer, List.of(output));
        addBatch(producer, output, values);
        add(() -> node.log().transactions().addGroup(transactionalId, producer, group));
        addOffsets(producer, source, next[0]);
        addEnd(producer, !chance(10));
    }

    private static String transformed(Place place, String value) {
        return new Transformed(place.partition(), place.offset(), value).text();
    }

    /** By the member that it was when the transaction began. */
    private void addOffsets(ProducerIdentity producer, TopicPartition source, long next) {
        int generation = joined == null ? -1 : joined.generation();
        io.tidemill.log.TopicPartition own = SimulatedNode.own(source);
        OffsetCommitCheck check =
                new OffsetCommitCheck(client, group, memberId, null, generation, true, 4, Set.of(own));
        add(() -> {
            GroupError refusal = node.coordinator().checkOffsetCommit(check);
            if (refusal != GroupError.NONE) {
                throw new io.tidemill.log.LogException(
                        io.tidemill.log.LogException.Code.INVALID_TRANSACTION_STATE, refusal.toString());
            }
            return node.log()
                    .transactions()
                    .addOffsets(transactionalId, producer, group, Map.of(own, CommittedOffset.of(next)));
        });
    }

    @Override
    void committed() {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        committing.forEach((partition, next) -> offsets.put(partition, new OffsetAndMetadata(next)));
        history.promised(group, offsets);
        positions.putAll(committing);
    }

    /** What was committed is asked for again. */
    @Override
    void givenUp(boolean mayBeCommitted) {
        positions.clear();
    }

    @Override
    void lost() {
        super.lost();
        joining = null;
        syncing = null;
        if (chance(2)) {
            joined = null;
            assigned = null;
            positions.clear();
        }
    }
}
