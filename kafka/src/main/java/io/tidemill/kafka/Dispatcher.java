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
    private final Groups groups;
    private final Lazy<GroupMembersHandler> members;
    private final Lazy<GroupOffsetsHandler> groupOffsets;
    private final Lazy<GroupAdminHandler> groupAdmin;

    Dispatcher(Broker broker) {
        this.broker = broker;
        groups = new Groups(broker);
        apiVersions = new ApiVersionsHandler(broker.options().security() != null);
        metadata = new Lazy<>(() -> new MetadataHandler(broker));
        produce = new Lazy<>(() -> new ProduceHandler(broker));
        fetch = new Lazy<>(() -> new FetchHandler(broker, groups::fetched));
        offsets = new Lazy<>(() -> new OffsetsHandler(broker));
        topics = new Lazy<>(() -> new TopicsHandler(broker));
        configs = new Lazy<>(() -> new ConfigsHandler(broker));
        transactions = new Lazy<>(() -> new TransactionsHandler(broker));
        members = new Lazy<>(() -> new GroupMembersHandler(broker, groups));
        groupOffsets = new Lazy<>(() -> new GroupOffsetsHandler(broker, groups));
        groupAdmin = new Lazy<>(() -> new GroupAdminHandler(broker, groups));
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
            case JOIN_GROUP -> members.get().join(call);
            case SYNC_GROUP -> members.get().sync(call);
            case HEARTBEAT -> members.get().heartbeat(call);
            case LEAVE_GROUP -> members.get().leave(call);
            case CONSUMER_GROUP_HEARTBEAT -> members.get().consumerHeartbeat(call);
            case OFFSET_COMMIT -> groupOffsets.get().commit(call);
            case TXN_OFFSET_COMMIT -> groupOffsets.get().commitInTransaction(call);
            case OFFSET_FETCH -> groupOffsets.get().fetch(call);
            case OFFSET_DELETE -> groupOffsets.get().delete(call);
            case DESCRIBE_GROUPS -> groupAdmin.get().describe(call);
            case CONSUMER_GROUP_DESCRIBE -> groupAdmin.get().describeConsumerGroups(call);
            case LIST_GROUPS -> groupAdmin.get().list(call);
            case DELETE_GROUPS -> groupAdmin.get().delete(call);
            case SASL_HANDSHAKE, SASL_AUTHENTICATE -> call.closeConnection("it is authenticated already");
        }
    }

    void connectionClosed(Connection connection) {
        groups.connectionClosed(connection);
    }

    void topicsChanged() {
        groups.topicsChanged();
    }

    /** On the coordinator's thread. */
    void close() {
        groups.close();
    }
}
