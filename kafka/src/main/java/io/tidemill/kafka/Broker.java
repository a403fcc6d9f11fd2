package io.tidemill.kafka;

import io.tidemill.groups.GroupCoordinator;
import io.tidemill.kafka.AccessRules.Operation;
import io.tidemill.kafka.AccessRules.Resource;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogException;
import java.time.InstantSource;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * What all handlers work with.
 *
 * @param clusterId the same for as long as the data directory exists
 */
record Broker(
        EmbeddedLog log,
        KafkaServerOptions options,
        InstantSource clock,
        TopicCache topics,
        SyncThread sync,
        CoordinatorThread coordinator,
        ResponseBudget budget,
        Counters counters,
        WaitingFetches waitingFetches,
        String clusterId,
        String advertisedHost,
        int advertisedPort) {
    /** There is one node, and it has led every partition from the beginning. */
    static final int LEADER_EPOCH = 0;

    /** How many things one administrative request may name. */
    static final int NAMES_MAX = 2_000;

    private static final String INTERNAL_PREFIX = "__tidemill_";
    static final String CLUSTER_TOPIC = INTERNAL_PREFIX + "cluster";

    int nodeId() {
        return options.nodeId();
    }

    /** Topics of the broker's own: to be read by those who may, but written by nobody else. */
    static boolean isInternal(String topic) {
        return topic.equals(CLUSTER_TOPIC)
                || topic.equals(OffsetsMirror.TOPIC)
                || topic.equals(GroupCoordinator.GROUPS_TOPIC)
                || topic.equals(GroupCoordinator.REBALANCES_TOPIC);
    }

    boolean mayRead(Call call, String topic) {
        return allows(call, Operation.READ, Resource.TOPIC, topic);
    }

    boolean mayWrite(Call call, String topic) {
        return allows(call, Operation.WRITE, Resource.TOPIC, topic);
    }

    boolean mayAdministrate(Call call, Resource resource, String name) {
        return allows(call, Operation.ADMIN, resource, name);
    }

    boolean mayAdministrateCluster(Call call) {
        return allows(call, Operation.ADMIN, Resource.CLUSTER, "");
    }

    boolean maySee(Call call, Resource resource, String name) {
        return options.access().allowSeeing(call.connection().user(), resource, name);
    }

    boolean allows(Call call, Operation operation, Resource resource, String name) {
        return options.access().allow(call.connection().user(), operation, resource, name);
    }

    /** Answers when all up to {@code sequence} is durable; with {@code refused} if the disk fails. */
    void answerWhenDurable(Call call, long sequence, ApiMessage answer) {
        Consumer<@Nullable RuntimeException> then = failure -> {
            if (failure == null) {
                call.answer(answer);
            } else {
                call.refuse(code(failure));
            }
        };
        if (log.durability() == Durability.OS) {
            // There is nothing to wait for: to another thread and back takes longer than the work.
            sync.now(sequence, then);
        } else {
            sync.whenDurable(sequence, then);
        }
    }

    /** Runs {@code work}, which may wait for the disk, on the coordinator's thread, and answers with what it gives. */
    void answerFromCoordinator(Call call, Supplier<ApiMessage> work) {
        coordinator.execute(() -> {
            try {
                call.answer(work.get());
            } catch (RuntimeException e) {
                call.fail(e);
            }
        });
    }

    static Uuid kafka(UUID id) {
        return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }

    static UUID java(Uuid id) {
        return new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }

    /** The protocol's word for what went wrong. */
    static short code(RuntimeException failure) {
        return failure instanceof LogException e ? code(e.code()) : ErrorCode.UNKNOWN_SERVER_ERROR;
    }

    private static short code(LogException.Code code) {
        return switch (code) {
            case UNKNOWN_TOPIC -> ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
            case TOPIC_EXISTS -> ErrorCode.TOPIC_ALREADY_EXISTS;
            case OFFSET_OUT_OF_RANGE -> ErrorCode.OFFSET_OUT_OF_RANGE;
            case RECORD_TOO_LARGE, COMMIT_TOO_LARGE -> ErrorCode.MESSAGE_TOO_LARGE;
            case INVALID -> ErrorCode.INVALID_REQUEST;
            case OUT_OF_ORDER_SEQUENCE -> ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER;
            case PRODUCER_FENCED -> ErrorCode.PRODUCER_FENCED;
            case INVALID_PRODUCER_EPOCH -> ErrorCode.INVALID_PRODUCER_EPOCH;
            case UNKNOWN_PRODUCER -> ErrorCode.INVALID_PRODUCER_ID_MAPPING;
            case INVALID_TRANSACTION_STATE -> ErrorCode.INVALID_TXN_STATE;
            case TRANSACTION_TIMEOUT_INVALID -> ErrorCode.INVALID_TRANSACTION_TIMEOUT;
            case INVALID_RECORD -> ErrorCode.INVALID_RECORD;
            case CORRUPT_BATCH -> ErrorCode.CORRUPT_MESSAGE;
            case DISK_FULL, DAMAGED, IO, IN_USE -> ErrorCode.KAFKA_STORAGE_ERROR;
            case CONFLICT, CLOSED, UNAVAILABLE -> ErrorCode.UNKNOWN_SERVER_ERROR;
        };
    }
}
