package io.tidemill.groups;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.Scheduler;
import io.tidemill.log.TopicPartition;
import io.tidemill.testkit.SimulatedDisk;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A coordinator on a simulated disk, in virtual time. */
final class Rig implements AutoCloseable {
    static final Duration SESSION = Duration.ofSeconds(10);
    static final Duration REBALANCE = Duration.ofSeconds(60);

    final VirtualTimers timers = new VirtualTimers();
    final Topics topics = new Topics().with("a", 4).with("b", 2);
    final SimulatedDisk disk;
    private final GroupOptions options;
    private long ids;
    EmbeddedLog log;
    GroupCoordinator coordinator;

    Rig() {
        this(1, GroupOptions.defaults());
    }

    Rig(GroupOptions options) {
        this(1, options);
    }

    Rig(long seed, GroupOptions options) {
        this.options = options;
        this.disk = new SimulatedDisk(seed);
        this.log = openLog();
        this.coordinator = openCoordinator();
    }

    private EmbeddedLog openLog() {
        return EmbeddedLog.open(
                disk,
                LogOptions.defaults()
                        .clock(timers.clock)
                        .scheduler(Scheduler.none())
                        .segmentBytes(1 << 20)
                        .preallocateBytes(1 << 16));
    }

    private GroupCoordinator openCoordinator() {
        return GroupCoordinator.open(
                new CoordinatorEnvironment(log, timers.clock, timers, topics, new TextDecoder(), () -> "id" + ids++),
                options);
    }

    /** The power fails; log and coordinator start again. */
    void crash() {
        timers.clear();
        disk.crash();
        log = openLog();
        coordinator = openCoordinator();
    }

    void advance(Duration by) {
        timers.advance(by);
    }

    void advanceSeconds(long seconds) {
        advance(Duration.ofSeconds(seconds));
    }

    static ClientInfo client(String clientId) {
        return new ClientInfo(clientId, "/10.0.0.1", "test", "1.0", "conn-" + clientId);
    }

    // ---- classic

    static JoinRequest joinRequest(String clientId, String memberId, @Nullable String instance, String... protocols) {
        return new JoinRequest(
                client(clientId),
                "g",
                memberId,
                instance,
                SESSION,
                REBALANCE,
                "consumer",
                List.of(protocols).stream()
                        .map(each -> each.split("=", 2))
                        .map(each -> new JoinProtocol(each[0], TextDecoder.bytes(each.length > 1 ? each[1] : "a")))
                        .toList(),
                null,
                true,
                true);
    }

    CompletableFuture<JoinResult> join(String clientId, String memberId, String... protocols) {
        return coordinator.join(joinRequest(clientId, memberId, null, protocols));
    }

    /** Asks for a member id, then joins with it. */
    CompletableFuture<JoinResult> joinNew(String clientId, String... protocols) {
        JoinResult first = join(clientId, "", protocols).join();
        assertThat(first.error()).isEqualTo(GroupError.MEMBER_ID_REQUIRED);
        return join(clientId, first.memberId(), protocols);
    }

    CompletableFuture<JoinResult> joinStatic(String clientId, String memberId, String instance, String... protocols) {
        return coordinator.join(joinRequest(clientId, memberId, instance, protocols));
    }

    CompletableFuture<JoinResult> joinStaticOrNew(
            String clientId, String memberId, @Nullable String instance, String topics) {
        return coordinator.join(joinRequest(clientId, memberId, instance, "range=" + topics));
    }

    CompletableFuture<SyncResult> sync(JoinResult joined, Map<String, String> assignments) {
        return sync(joined, null, assignments);
    }

    CompletableFuture<SyncResult> sync(JoinResult joined, @Nullable String instance, Map<String, String> assignments) {
        Map<String, byte[]> bytes = new HashMap<>();
        assignments.forEach((member, text) -> bytes.put(member, TextDecoder.bytes(text)));
        return coordinator.sync(new SyncRequest(
                client("any"),
                "g",
                joined.memberId(),
                instance,
                joined.generation(),
                joined.protocolType(),
                joined.protocolName(),
                bytes));
    }

    GroupError heartbeat(JoinResult joined) {
        return heartbeat(joined.memberId(), null, joined.generation());
    }

    GroupError heartbeat(String memberId, @Nullable String instance, int generation) {
        return coordinator.heartbeat(new HeartbeatRequest(client("any"), "g", memberId, instance, generation));
    }

    GroupError leave(String memberId, @Nullable String instance, @Nullable String reason) {
        LeaveResult result = coordinator.leave(
                new LeaveRequest(client("any"), "g", List.of(new LeaveRequest.Leaving(memberId, instance, reason))));
        return result.members().isEmpty()
                ? result.error()
                : result.members().get(0).error();
    }

    /** One member, stable, with all of topic a. */
    JoinResult stableSingle() {
        JoinResult joined = joinNew("c1", "range").join();
        assertThat(joined.error()).isEqualTo(GroupError.NONE);
        assertThat(sync(joined, Map.of(joined.memberId(), "a-0,a-1,a-2,a-3"))
                        .join()
                        .error())
                .isEqualTo(GroupError.NONE);
        return joined;
    }

    GroupState state() {
        return coordinator.describe("g").map(GroupDescription::state).orElse(GroupState.DEAD);
    }

    GroupError commit(String memberId, @Nullable String instance, int generation, boolean transactional, int version) {
        return coordinator.checkOffsetCommit(new OffsetCommitCheck(
                client("any"),
                "g",
                memberId,
                instance,
                generation,
                transactional,
                version,
                Set.of(new TopicPartition("a", 0))));
    }

    /** How many entries the journal ever had. */
    long journaled() {
        return log.offsets(new TopicPartition(GroupCoordinator.REBALANCES_TOPIC, 0))
                .end();
    }

    List<Rebalance> rebalances() {
        return coordinator.rebalances("g");
    }

    Rebalance lastRebalance() {
        List<Rebalance> all = rebalances();
        return all.get(all.size() - 1);
    }

    // ---- consumer

    static ConsumerHeartbeatRequest joining(String memberId, String... topics) {
        return new ConsumerHeartbeatRequest(
                client(memberId),
                "g",
                memberId,
                0,
                null,
                null,
                REBALANCE,
                List.of(topics),
                null,
                null,
                List.of(),
                true);
    }

    static ConsumerHeartbeatRequest beating(String memberId, int epoch, @Nullable List<TopicIdPartitions> owned) {
        return new ConsumerHeartbeatRequest(
                client(memberId), "g", memberId, epoch, null, null, null, null, null, null, owned, true);
    }

    static ConsumerHeartbeatRequest instance(ConsumerHeartbeatRequest request, String instance) {
        return new ConsumerHeartbeatRequest(
                request.client(),
                request.groupId(),
                request.memberId(),
                request.memberEpoch(),
                instance,
                request.rackId(),
                request.rebalanceTimeout(),
                request.subscribedTopicNames(),
                request.subscribedTopicRegex(),
                request.serverAssignor(),
                request.ownedPartitions(),
                request.requireMemberId());
    }

    ConsumerHeartbeatResult beat(ConsumerHeartbeatRequest request) {
        return coordinator.heartbeat(request);
    }

    ConsumerHeartbeatResult ok(ConsumerHeartbeatRequest request) {
        ConsumerHeartbeatResult result = coordinator.heartbeat(request);
        assertThat(result.error()).as(result.errorMessage()).isEqualTo(GroupError.NONE);
        return result;
    }

    List<TopicIdPartitions> of(String topic, Integer... partitions) {
        return List.of(new TopicIdPartitions(topics.id(topic), List.of(partitions)));
    }

    ConsumerGroupDescription consumerGroup() {
        return (ConsumerGroupDescription) coordinator.describe("g").orElseThrow();
    }

    static GroupOptions options(UnaryOperator<GroupOptions> change) {
        return change.apply(GroupOptions.defaults());
    }

    @Override
    public void close() {
        coordinator.close();
        log.close();
    }
}
