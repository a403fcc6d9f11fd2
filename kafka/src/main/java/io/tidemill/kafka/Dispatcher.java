package io.tidemill.kafka;

/** Brings each call to its handler. Handlers of rare calls are made when they are first needed. */
final class Dispatcher {
    private final Broker broker;
    private final ApiVersionsHandler apiVersions;
    private final Lazy<MetadataHandler> metadata;
    private final Lazy<ProduceHandler> produce;
    private final Lazy<FetchHandler> fetch;
    private final Lazy<OffsetsHandler> offsets;
    private final Lazy<TopicsHandler> topics;
    private final Lazy<ConfigsHandler> configs;
    private final Lazy<TransactionsHandler> transactions;
    private final Lazy<GroupsHandler> groups;

    Dispatcher(Broker broker) {
        this.broker = broker;
        apiVersions = new ApiVersionsHandler(broker.options().security() != null);
        metadata = new Lazy<>(() -> new MetadataHandler(broker));
        produce = new Lazy<>(() -> new ProduceHandler(broker));
        fetch = new Lazy<>(() -> new FetchHandler(broker, this::memberFetched));
        offsets = new Lazy<>(() -> new OffsetsHandler(broker));
        topics = new Lazy<>(() -> new TopicsHandler(broker));
        configs = new Lazy<>(() -> new ConfigsHandler(broker));
        transactions = new Lazy<>(() -> new TransactionsHandler(broker));
        groups = new Lazy<>(() -> new GroupsHandler(broker));
    }

    void dispatch(Call call) {
        switch (call.api()) {
            case API_VERSIONS -> apiVersions.answer(call);
            case PRODUCE -> produce.get().produce(call);
            case FETCH -> fetch.get().fetch(call);
            case METADATA -> metadata.get().metadata(call);
            case DESCRIBE_CLUSTER -> metadata.get().describeCluster(call);
            case FIND_COORDINATOR -> metadata.get().findCoordinator(call);
            case LIST_OFFSETS -> offsets.get().listOffsets(call);
            case OFFSET_FOR_LEADER_EPOCH -> offsets.get().offsetForLeaderEpoch(call);
            case CREATE_TOPICS -> topics.get().create(call);
            case DELETE_TOPICS -> topics.get().delete(call);
            case CREATE_PARTITIONS -> topics.get().createPartitions(call);
            case DELETE_RECORDS -> topics.get().deleteRecords(call);
            case DESCRIBE_LOG_DIRS -> topics.get().describeLogDirs(call);
            case DESCRIBE_CONFIGS -> configs.get().describe(call);
            case ALTER_CONFIGS -> configs.get().alter(call);
            case INCREMENTAL_ALTER_CONFIGS -> configs.get().alterIncrementally(call);
            case DESCRIBE_ACLS -> new AclsHandler(broker).describe(call);
            case INIT_PRODUCER_ID -> transactions.get().initProducerId(call);
            case ADD_PARTITIONS_TO_TXN -> transactions.get().addPartitions(call);
            case ADD_OFFSETS_TO_TXN -> transactions.get().addOffsets(call);
            case END_TXN -> transactions.get().end(call);
            case DESCRIBE_PRODUCERS -> transactions.get().describeProducers(call);
            case DESCRIBE_TRANSACTIONS -> transactions.get().describe(call);
            case LIST_TRANSACTIONS -> transactions.get().list(call);
            case JOIN_GROUP,
                    SYNC_GROUP,
                    HEARTBEAT,
                    LEAVE_GROUP,
                    CONSUMER_GROUP_HEARTBEAT,
                    OFFSET_COMMIT,
                    OFFSET_FETCH,
                    OFFSET_DELETE,
                    TXN_OFFSET_COMMIT,
                    DESCRIBE_GROUPS,
                    CONSUMER_GROUP_DESCRIBE,
                    LIST_GROUPS,
                    DELETE_GROUPS -> groups.get().dispatch(call);
            case SASL_HANDSHAKE, SASL_AUTHENTICATE -> call.closeConnection("it is authenticated already");
        }
    }

    private void memberFetched(Call call) {
        GroupsHandler known = groups.ifMade();
        if (known != null) {
            known.fetched(call);
        }
    }

    void connectionClosed(Connection connection) {
        GroupsHandler known = groups.ifMade();
        if (known != null) {
            known.connectionClosed(connection.id());
        }
    }

    void topicsChanged() {
        GroupsHandler known = groups.ifMade();
        if (known != null) {
            broker.coordinator().execute(known::topicsChanged);
        }
    }

    /** On the coordinator's thread. */
    void close() {
        GroupsHandler known = groups.ifMade();
        if (known != null) {
            known.close();
        }
    }
}
