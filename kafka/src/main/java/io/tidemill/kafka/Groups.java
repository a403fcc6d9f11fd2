package io.tidemill.kafka;

import io.tidemill.groups.ClientActivity;
import io.tidemill.groups.ClientInfo;
import io.tidemill.groups.CoordinatorEnvironment;
import io.tidemill.groups.GroupCoordinator;
import io.tidemill.groups.GroupError;
import io.tidemill.groups.TopicView;
import io.tidemill.kafka.protocol.ConsumerProtocolReader;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * The group coordinator, on its thread. It is opened by the first request about groups: until then no group can have anything to
 * say, and a broker without groups starts sooner.
 */
final class Groups {
    /** How often a client's fetches are told to the coordinator at most: each would cost a change of threads. */
    private static final long FETCH_GAP_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Broker broker;

    /** Only changed on the coordinator's thread; read by others to see whether there is anything to tell. */
    private volatile @Nullable GroupCoordinator coordinator;

    private boolean closed;

    Groups(Broker broker) {
        this.broker = broker;
    }

    /** Runs {@code work} on the coordinator's thread; what it throws fails the call. */
    void withCoordinator(Call call, Consumer<GroupCoordinator> work) {
        broker.coordinator().execute(() -> {
            try {
                if (closed) {
                    call.refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE);
                } else {
                    work.accept(opened());
                }
            } catch (RuntimeException e) {
                call.fail(e);
            }
        });
    }

    void answer(Call call, Function<GroupCoordinator, ApiMessage> work) {
        withCoordinator(call, groups -> call.answer(work.apply(groups)));
    }

    private GroupCoordinator opened() {
        GroupCoordinator known = coordinator;
        if (known == null) {
            known = GroupCoordinator.open(
                    new CoordinatorEnvironment(
                            broker.log(),
                            broker.clock(),
                            broker.coordinator(),
                            new View(broker.topics()),
                            ConsumerProtocolReader.INSTANCE,
                            () -> UUID.randomUUID().toString()),
                    broker.options().groups());
            coordinator = known;
        }
        return known;
    }

    private record View(TopicCache topics) implements TopicView {
        @Override
        public Optional<TopicInfo> topic(String name) {
            return info(topics.byName(name));
        }

        @Override
        public Optional<TopicInfo> topic(UUID id) {
            return info(topics.byId(id));
        }

        private static Optional<TopicInfo> info(@Nullable TopicDescription topic) {
            return Optional.ofNullable(topic)
                    .map(one -> new TopicInfo(one.name(), one.id(), one.config().partitions()));
        }

        @Override
        public Collection<String> names() {
            return topics.names().stream()
                    .filter(name -> !Broker.isInternal(name))
                    .toList();
        }
    }

    static ClientInfo client(Call call) {
        Connection connection = call.connection();
        return new ClientInfo(
                call.clientId(),
                connection.host(),
                connection.softwareName(),
                connection.softwareVersion(),
                connection.id());
    }

    /** A client has fetched; it may be a member. On its network thread. */
    void fetched(Call call) {
        Connection connection = call.connection();
        if (coordinator == null || !connection.isTimeToTell(connection.thread().nanos(), FETCH_GAP_NANOS)) {
            return;
        }
        ClientActivity activity = new ClientActivity(
                ClientActivity.Kind.FETCH,
                call.clientId(),
                connection.host(),
                connection.id(),
                Instant.ofEpochMilli(broker.clock().millis()),
                anyPartition((FetchRequestData) call.body()));
        tell(groups -> groups.memberActivity(activity));
    }

    private static @Nullable TopicPartition anyPartition(FetchRequestData request) {
        return request.topics().stream()
                .flatMap(topic -> topic.partitions().stream()
                        .filter(one -> one.partition() >= 0)
                        .map(one -> new TopicPartition(topic.topic(), one.partition())))
                .findFirst()
                .orElse(null);
    }

    void connectionClosed(Connection connection) {
        String id = connection.id();
        tell(groups -> groups.connectionClosed(id));
    }

    void topicsChanged() {
        tell(GroupCoordinator::topicsChanged);
    }

    private void tell(Consumer<GroupCoordinator> news) {
        GroupCoordinator known = coordinator;
        if (known != null) {
            broker.coordinator().execute(() -> {
                if (!closed) {
                    news.accept(known);
                }
            });
        }
    }

    /** On the coordinator's thread. */
    void close() {
        closed = true;
        GroupCoordinator known = coordinator;
        if (known != null) {
            known.close();
        }
    }

    static short code(GroupError error) {
        return switch (error) {
            case NONE -> 0;
            case UNKNOWN_SERVER_ERROR -> -1;
            case COORDINATOR_NOT_AVAILABLE -> 15;
            case ILLEGAL_GENERATION -> 22;
            case INCONSISTENT_GROUP_PROTOCOL -> 23;
            case INVALID_GROUP_ID -> 24;
            case UNKNOWN_MEMBER_ID -> 25;
            case INVALID_SESSION_TIMEOUT -> 26;
            case REBALANCE_IN_PROGRESS -> 27;
            case UNSUPPORTED_VERSION -> 35;
            case INVALID_REQUEST -> 42;
            case NON_EMPTY_GROUP -> 68;
            case GROUP_ID_NOT_FOUND -> 69;
            case MEMBER_ID_REQUIRED -> 79;
            case GROUP_MAX_SIZE_REACHED -> 81;
            case FENCED_INSTANCE_ID -> 82;
            case GROUP_SUBSCRIBED_TO_TOPIC -> 86;
            case FENCED_MEMBER_EPOCH -> 110;
            case UNRELEASED_INSTANCE_ID -> 111;
            case UNSUPPORTED_ASSIGNOR -> 112;
            case STALE_MEMBER_EPOCH -> 113;
            case INVALID_REGULAR_EXPRESSION -> 128;
        };
    }
}
