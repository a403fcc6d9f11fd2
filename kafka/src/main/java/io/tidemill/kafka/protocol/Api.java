package io.tidemill.kafka.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The calls that are served, with the versions that are offered.
 *
 * <p>A table of our own rather than kafka-clients' {@code ApiKeys}: its versions are what the jar can read, not what is
 * served, and it loads some two hundred message classes, which would be half of the time a broker takes to start.
 */
public enum Api {
    /** Versions 0 to 2 are offered but not served: librdkafka turns compression off otherwise (KAFKA-18659). */
    PRODUCE(0, 3, 11, 9),
    /** Offered up to 12: librdkafka 2.6 sends 12 whatever is offered. */
    FETCH(1, 4, 12, 12),
    LIST_OFFSETS(2, 1, 7, 6),
    METADATA(3, 0, 12, 9),
    OFFSET_COMMIT(8, 2, 9, 8),
    OFFSET_FETCH(9, 1, 9, 6),
    FIND_COORDINATOR(10, 0, 4, 3),
    JOIN_GROUP(11, 0, 9, 6),
    HEARTBEAT(12, 0, 4, 4),
    LEAVE_GROUP(13, 0, 5, 4),
    SYNC_GROUP(14, 0, 5, 4),
    DESCRIBE_GROUPS(15, 0, 6, 5),
    LIST_GROUPS(16, 0, 5, 3),
    /** Answered while a connection authenticates, and by nobody else. */
    SASL_HANDSHAKE(17, 0, 1, Api.NEVER_FLEXIBLE),
    API_VERSIONS(18, 0, 4, 3),
    CREATE_TOPICS(19, 2, 7, 5),
    DELETE_TOPICS(20, 1, 6, 4),
    DELETE_RECORDS(21, 0, 2, 2),
    INIT_PRODUCER_ID(22, 0, 5, 2),
    OFFSET_FOR_LEADER_EPOCH(23, 2, 4, 4),
    ADD_PARTITIONS_TO_TXN(24, 0, 3, 3),
    ADD_OFFSETS_TO_TXN(25, 0, 4, 3),
    END_TXN(26, 0, 4, 3),
    TXN_OFFSET_COMMIT(28, 0, 4, 3),
    DESCRIBE_ACLS(29, 1, 3, 2),
    DESCRIBE_CONFIGS(32, 1, 4, 4),
    ALTER_CONFIGS(33, 0, 2, 2),
    DESCRIBE_LOG_DIRS(35, 1, 4, 2),
    /** Answered while a connection authenticates, and by nobody else. */
    SASL_AUTHENTICATE(36, 0, 2, 2),
    CREATE_PARTITIONS(37, 0, 3, 2),
    DELETE_GROUPS(42, 0, 2, 2),
    INCREMENTAL_ALTER_CONFIGS(44, 0, 1, 1),
    OFFSET_DELETE(47, 0, 0, Api.NEVER_FLEXIBLE),
    DESCRIBE_CLUSTER(60, 0, 1, 0),
    DESCRIBE_PRODUCERS(61, 0, 0, 0),
    DESCRIBE_TRANSACTIONS(65, 0, 0, 0),
    LIST_TRANSACTIONS(66, 0, 2, 0),
    CONSUMER_GROUP_HEARTBEAT(68, 0, 1, 0),
    CONSUMER_GROUP_DESCRIBE(69, 0, 1, 0);

    private static final int NEVER_FLEXIBLE = Short.MAX_VALUE;
    private static final @Nullable Api[] BY_KEY = new @Nullable Api[70];

    static {
        for (Api api : values()) {
            BY_KEY[api.key] = api;
        }
    }

    private final short key;
    private final short versionMin;
    private final short versionMax;
    private final int flexibleFrom;

    Api(int key, int versionMin, int versionMax, int flexibleFrom) {
        this.key = (short) key;
        this.versionMin = (short) versionMin;
        this.versionMax = (short) versionMax;
        this.flexibleFrom = flexibleFrom;
    }

    /** The call of that key, or null if it is not served. */
    public static @Nullable Api of(short key) {
        return key < 0 || key >= BY_KEY.length ? null : BY_KEY[key];
    }

    public short key() {
        return key;
    }

    public boolean serves(short version) {
        return version >= versionMin && version <= versionMax;
    }

    /** The lowest version that is offered, which may be lower than what is served. */
    public short offeredMin() {
        return this == PRODUCE ? 0 : versionMin;
    }

    public short versionMin() {
        return versionMin;
    }

    public short versionMax() {
        return versionMax;
    }

    /** Whether it is only heard while a connection authenticates. */
    public boolean authenticates() {
        return this == SASL_HANDSHAKE || this == SASL_AUTHENTICATE;
    }

    public short requestHeaderVersion(short version) {
        return (short) (version >= flexibleFrom ? 2 : 1);
    }

    /** The answer to ApiVersions never has tags in its header: who asks does not know yet what the broker speaks. */
    public short responseHeaderVersion(short version) {
        return (short) (version >= flexibleFrom && this != API_VERSIONS ? 1 : 0);
    }

    /** Whether the answer may be much larger than the question. */
    public boolean answersAtLength() {
        return switch (this) {
            case METADATA,
                    LIST_GROUPS,
                    DESCRIBE_GROUPS,
                    CONSUMER_GROUP_DESCRIBE,
                    DESCRIBE_CONFIGS,
                    DESCRIBE_LOG_DIRS,
                    DESCRIBE_PRODUCERS,
                    DESCRIBE_TRANSACTIONS,
                    LIST_TRANSACTIONS,
                    OFFSET_FETCH,
                    DESCRIBE_ACLS -> true;
            default -> false;
        };
    }
}
