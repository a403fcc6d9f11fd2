package io.tidemill.groups;

import io.tidemill.log.TopicPartition;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A member of a classic group, with what it waits for. */
final class ClassicMember {
    final String id;
    final @Nullable String instanceId;
    final MemberWatch watch;
    long sessionTimeoutMillis;
    long rebalanceTimeoutMillis;
    List<JoinProtocol> protocols = List.of();
    byte[] assignment = new byte[0];
    Optional<List<TopicPartition>> assigned = Optional.empty();

    /** How many it had in the generation before; null if that is not known. */
    @Nullable
    Integer assignedBefore;

    /** It joins for the first time, so it cannot send heartbeats yet. */
    boolean isNew;

    @Nullable
    CompletableFuture<JoinResult> join;

    @Nullable
    CompletableFuture<SyncResult> sync;

    Timers.@Nullable Handle session;

    ClassicMember(String groupId, String id, @Nullable String instanceId, ClientInfo client) {
        this.id = id;
        this.instanceId = instanceId;
        this.watch = new MemberWatch(groupId, client, this::owns);
    }

    private boolean owns(TopicPartition partition) {
        return assigned.isPresent() && assigned.get().contains(partition);
    }

    void assign(byte[] bytes, SubscriptionDecoder decoder) {
        if (bytes.length == 0 && assignment.length > 0) {
            assignedBefore = assigned.map(List::size).orElse(null);
        }
        assignment = bytes;
        assigned = decoder.assignment(bytes);
    }

    byte[] metadata(@Nullable String protocol) {
        for (JoinProtocol candidate : protocols) {
            if (candidate.name().equals(protocol)) {
                return candidate.metadata();
            }
        }
        return new byte[0];
    }

    /** For {@code protocol}, or for the first that it offers. */
    Optional<SubscriptionDecoder.Subscription> subscription(@Nullable String protocol, SubscriptionDecoder decoder) {
        if (protocols.isEmpty()) {
            return Optional.empty();
        }
        boolean offered =
                protocols.stream().anyMatch(candidate -> candidate.name().equals(protocol));
        return decoder.subscription(
                offered ? metadata(protocol) : protocols.get(0).metadata());
    }

    boolean offers(List<JoinProtocol> others) {
        if (protocols.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < others.size(); i++) {
            if (!protocols.get(i).name().equals(others.get(i).name())
                    || !Arrays.equals(protocols.get(i).metadata(), others.get(i).metadata())) {
                return false;
            }
        }
        return true;
    }

    List<String> protocolNames() {
        return protocols.stream().map(JoinProtocol::name).toList();
    }

    void cancelSession() {
        if (session != null) {
            session.cancel();
            session = null;
        }
    }

    ClassicMemberValue value(byte[] newAssignment) {
        ClientInfo client = watch.client();
        return new ClassicMemberValue(
                id,
                instanceId,
                client.clientId(),
                client.host(),
                client.softwareName(),
                client.softwareVersion(),
                sessionTimeoutMillis,
                rebalanceTimeoutMillis,
                protocols,
                newAssignment);
    }
}
