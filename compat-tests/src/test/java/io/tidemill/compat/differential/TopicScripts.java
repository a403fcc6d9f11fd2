package io.tidemill.compat.differential;

import io.tidemill.compat.differential.Requests.Producer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Topics, records and their offsets. */
final class TopicScripts {
    /** Of a topic's settings, those that both servers honour. */
    private static final Set<String> SETTINGS =
            Set.of("cleanup.policy", "retention.ms", "retention.bytes", "max.message.bytes", "message.timestamp.type");

    private TopicScripts() {}

    static Map<String, Script> all() {
        Map<String, Script> scripts = new HashMap<>();
        scripts.put("topics come and go", TopicScripts::topics);
        scripts.put("topics that cannot be", TopicScripts::impossibleTopics);
        scripts.put("settings", TopicScripts::settings);
        scripts.put("records written and read", TopicScripts::records);
        scripts.put("records refused", TopicScripts::refused);
        scripts.put("offsets by time", TopicScripts::offsets);
        scripts.put("records deleted", TopicScripts::deleted);
        scripts.put("compression", TopicScripts::compression);
        scripts.put("time of the append", TopicScripts::appendTime);
        return scripts;
    }

    private static void create(Conversation with, String name, int partitions, Map<String, String> configs) {
        CreateTopicsResponseData answer = with.call(
                "x", Requests.createTopic(with.name(name), partitions, configs), 4, CreateTopicsResponseData.class);
        if (answer.topics().iterator().next().errorCode() == 0) {
            with.awaitLeaders(with.name(name), partitions);
        }
    }

    private static ProduceResponseData produce(Conversation with, String topic, int partition, MemoryRecords records) {
        return with.call("x", Requests.produce(with.name(topic), partition, records), 9, ProduceResponseData.class);
    }

    private static void fetch(Conversation with, String topic, int partition, long offset) {
        FetchResponseData answer =
                with.call("x", Requests.fetch(with.name(topic), partition, offset, false), 12, FetchResponseData.class);
        FetchResponseData.PartitionData data =
                answer.responses().get(0).partitions().get(0);
        with.note("records: "
                + (data.records() == null
                        ? "null"
                        : Requests.texts((org.apache.kafka.common.record.internal.Records) data.records())));
    }

    private static void topics(Conversation with) {
        with.call("x", Requests.metadata(with.name("t")), 12, MetadataResponseData.class);
        create(with, "t", 2, Map.of());
        create(with, "t", 2, Map.of());
        with.call(
                "x",
                Requests.createTopic(with.name("v"), 2, Map.of()).setValidateOnly(true),
                6,
                CreateTopicsResponseData.class);
        metadata(with, "t", 12);
        metadata(with, "v", 12);
        for (int version : new int[] {4, 7, 8, 9, 10}) {
            metadata(with, "t", version);
        }
        for (int total : new int[] {1, 2, 5, 0, -1}) {
            with.call("x", Requests.createPartitions(with.name("t"), total), 3, CreatePartitionsResponseData.class);
        }
        with.call("x", Requests.createPartitions(with.name("u"), 3), 3, CreatePartitionsResponseData.class);
        with.awaitLeaders(with.name("t"), 5);
        metadata(with, "t", 12);
        with.call("x", Requests.deleteTopic(with.name("u")), 5, DeleteTopicsResponseData.class);
        with.call("x", Requests.deleteTopic(with.name("t")), 5, DeleteTopicsResponseData.class);
        with.awaitGone(with.name("t"), 5);
        metadata(with, "t", 12);
        create(with, "t", 1, Map.of());
        produce(with, "t", 0, Requests.records(Producer.NONE, 1));
        fetch(with, "t", 0, 0);
    }

    private static void metadata(Conversation with, String topic, int version) {
        with.call("x", Requests.metadata(with.name(topic)), version, MetadataResponseData.class);
    }

    private static void impossibleTopics(Conversation with) {
        for (String name : new String[] {"", ".", "..", "a b", "x".repeat(300), "ä"}) {
            with.call("x", Requests.createTopic(name, 1, Map.of()), 4, CreateTopicsResponseData.class);
        }
        create(with, "t", 0, Map.of());
        create(with, "t", -2, Map.of());
        var replicated = Requests.createTopic(with.name("t"), 1, Map.of());
        replicated.topics().iterator().next().setReplicationFactor((short) 3);
        with.call("x", replicated, 4, CreateTopicsResponseData.class);
        create(with, "t", 1, Map.of("cleanup.policy", "sometimes"));
        create(with, "t", 1, Map.of("no.such.setting", "1"));
        create(with, "t", 1, Map.of("retention.ms", "soon"));
        create(with, "t", 1, Map.of("retention.ms", "-2"));
        create(with, "t", 1, Map.of("max.message.bytes", "-1"));
        create(with, "t", 1, Map.of("message.timestamp.type", "NoTime"));
        metadata(with, "t", 9);
    }

    private static void settings(Conversation with) {
        create(with, "t", 1, Map.of("retention.ms", "86400000", "cleanup.policy", "compact"));
        describeSettings(with);
        alter(with, "retention.ms", (byte) 0, "3600000");
        alter(with, "cleanup.policy", (byte) 2, "delete");
        alter(with, "max.message.bytes", (byte) 0, "many");
        alter(with, "no.such.setting", (byte) 0, "1");
        describeSettings(with);
        alter(with, "retention.ms", (byte) 1, null);
        alter(with, "cleanup.policy", (byte) 3, "compact");
        describeSettings(with);
        alter(with, "max.message.bytes", (byte) 0, "2048");
        produce(with, "t", 0, Requests.records(Producer.NONE, 1_000));
        produce(with, "t", 0, Requests.records(Producer.NONE, 10));
    }

    private static void alter(Conversation with, String name, byte operation, String value) {
        IncrementalAlterConfigsRequestData request = new IncrementalAlterConfigsRequestData();
        IncrementalAlterConfigsRequestData.AlterConfigsResource resource =
                new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                        .setResourceType(ConfigResource.Type.TOPIC.id())
                        .setResourceName(with.name("t"));
        resource.configs()
                .add(new IncrementalAlterConfigsRequestData.AlterableConfig()
                        .setName(name)
                        .setConfigOperation(operation)
                        .setValue(value));
        request.resources().add(resource);
        IncrementalAlterConfigsResponseData answer =
                with.call("x", request, 1, IncrementalAlterConfigsResponseData.class);
        if (answer.responses().get(0).errorCode() == 0) {
            with.awaitChanges();
        }
    }

    private static void describeSettings(Conversation with) {
        DescribeConfigsResponseData answer = with.look(
                "x",
                new DescribeConfigsRequestData()
                        .setResources(List.of(new DescribeConfigsRequestData.DescribeConfigsResource()
                                .setResourceType(ConfigResource.Type.TOPIC.id())
                                .setResourceName(with.name("t"))
                                .setConfigurationKeys(null))),
                4,
                DescribeConfigsResponseData.class);
        with.note("settings: "
                + answer.results().get(0).configs().stream()
                        .filter(each -> SETTINGS.contains(each.name()))
                        .map(each -> each.name() + "=" + each.value() + (each.isSensitive() ? " sensitive" : "")
                                + (each.readOnly() ? " read-only" : "") + " source " + each.configSource())
                        .sorted()
                        .collect(Collectors.joining(", ")));
    }

    private static void records(Conversation with) {
        create(with, "t", 2, Map.of());
        fetch(with, "t", 0, 0);
        for (int count : new int[] {1, 3, 10}) {
            produce(with, "t", 0, Requests.records(Producer.NONE, count));
        }
        for (long offset : new long[] {0, 1, 2, 13, 14, 15, -1}) {
            fetch(with, "t", 0, offset);
        }
        fetch(with, "t", 9, 0);
        fetch(with, "nothing", 0, 0);
        for (int version : new int[] {4, 5, 7, 9, 11}) {
            FetchResponseData answer =
                    with.call("x", Requests.fetch(with.name("t"), 0, 12, false), version, FetchResponseData.class);
            with.note("session " + answer.sessionId());
        }
        for (int version : new int[] {3, 5, 7, 8, 10, 11}) {
            with.call(
                    "x",
                    Requests.produce(with.name("t"), 1, Requests.records(Producer.NONE, 2)),
                    version,
                    ProduceResponseData.class);
        }
        var small = Requests.fetch(with.name("t"), 0, 0, false).setMaxBytes(1);
        small.topics().get(0).partitions().get(0).setPartitionMaxBytes(1);
        FetchResponseData one = with.call("x", small, 12, FetchResponseData.class);
        with.note("at least one batch: "
                + Requests.texts((org.apache.kafka.common.record.internal.Records)
                        one.responses().get(0).partitions().get(0).records()));
        for (int epoch : new int[] {0, 1, 7}) {
            var known = Requests.fetch(with.name("t"), 0, 0, false);
            known.topics().get(0).partitions().get(0).setCurrentLeaderEpoch(epoch);
            with.call("x", known, 12, FetchResponseData.class);
        }
        OffsetForLeaderEpochRequestData epochs = new OffsetForLeaderEpochRequestData().setReplicaId(-1);
        epochs.topics()
                .add(new OffsetForLeaderEpochRequestData.OffsetForLeaderTopic()
                        .setTopic(with.name("t"))
                        .setPartitions(List.of(new OffsetForLeaderEpochRequestData.OffsetForLeaderPartition()
                                .setPartition(0)
                                .setCurrentLeaderEpoch(-1)
                                .setLeaderEpoch(0))));
        with.call("x", epochs, 4, OffsetForLeaderEpochResponseData.class);
        with.call(
                "x",
                new DescribeProducersRequestData()
                        .setTopics(List.of(new DescribeProducersRequestData.TopicRequest()
                                .setName(with.name("t"))
                                .setPartitionIndexes(List.of(0, 9)))),
                0,
                DescribeProducersResponseData.class);
    }

    private static void refused(Conversation with) {
        create(with, "t", 1, Map.of("max.message.bytes", "4096"));
        create(with, "c", 1, Map.of("cleanup.policy", "compact"));
        produce(with, "nothing", 0, Requests.records(Producer.NONE, 1));
        produce(with, "t", 5, Requests.records(Producer.NONE, 1));
        produce(with, "t", 0, Requests.records(Producer.NONE, 1_000));
        produce(
                with,
                "c",
                0,
                Requests.records(
                        Producer.NONE,
                        Compression.NONE,
                        new SimpleRecord(Requests.NOW, null, Requests.bytes("without a key"))));
        produce(
                with,
                "c",
                0,
                Requests.records(
                        Producer.NONE, Compression.NONE, new SimpleRecord(Requests.NOW, Requests.bytes("k"), null)));
        produce(
                with,
                "t",
                0,
                Requests.records(
                        Producer.NONE,
                        Compression.NONE,
                        new SimpleRecord(
                                Requests.NOW + 10L * 365 * 86_400_000,
                                Requests.bytes("k"),
                                Requests.bytes("from the future"))));
        produce(
                with,
                "t",
                0,
                Requests.records(
                        Producer.NONE,
                        Compression.NONE,
                        new SimpleRecord(0, Requests.bytes("k"), Requests.bytes("from the past"))));
        for (int acks : new int[] {2, -2, 7}) {
            with.call(
                    "x",
                    Requests.produce(null, acks, with.name("t"), 0, Requests.records(Producer.NONE, 1)),
                    9,
                    ProduceResponseData.class);
        }
        ByteBuffer flipped = copy(Requests.records(Producer.NONE, 1));
        flipped.put(flipped.limit() - 1, (byte) (flipped.get(flipped.limit() - 1) ^ 1));
        produce(with, "t", 0, MemoryRecords.readableRecords(flipped));
        ByteBuffer miscounted = copy(Requests.records(Producer.NONE, 3));
        miscounted.putInt(57, 2);
        produce(with, "t", 0, MemoryRecords.readableRecords(miscounted));
        fetch(with, "t", 0, 0);
        fetch(with, "c", 0, 0);
    }

    private static ByteBuffer copy(MemoryRecords records) {
        ByteBuffer bytes = records.buffer().duplicate();
        return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
    }

    private static void offsets(Conversation with) {
        create(with, "t", 1, Map.of());
        for (long timestamp : new long[] {-1, -2, -3, 0, 5_000}) {
            offset(with, timestamp);
        }
        long[] times = {1_000, 3_000, 2_000, 3_000, 5_000};
        List<SimpleRecord> records = new ArrayList<>();
        for (long time : times) {
            records.add(new SimpleRecord(Requests.NOW - 100_000 + time, Requests.bytes("k"), Requests.bytes("v")));
        }
        produce(with, "t", 0, Requests.records(Producer.NONE, Compression.NONE, records.toArray(SimpleRecord[]::new)));
        produce(
                with,
                "t",
                0,
                Requests.records(
                        Producer.NONE,
                        Compression.NONE,
                        new SimpleRecord(Requests.NOW - 100_000 + 4_000, Requests.bytes("k"), Requests.bytes("v"))));
        for (long time : new long[] {0, 1_000, 1_500, 2_500, 3_000, 3_001, 5_000, 5_001}) {
            ListOffsetsResponseData answer = with.look(
                    "x",
                    Requests.listOffsets(with.name("t"), 0, Requests.NOW - 100_000 + time, false),
                    7,
                    ListOffsetsResponseData.class);
            var partition = answer.topics().get(0).partitions().get(0);
            with.note("at " + time + ": " + partition.offset() + " at "
                    + (partition.timestamp() < 0 ? -1 : partition.timestamp() - Requests.NOW + 100_000) + " epoch "
                    + partition.leaderEpoch());
        }
        for (long timestamp : new long[] {-1, -2}) {
            offset(with, timestamp);
        }
        ListOffsetsResponseData newest =
                with.look("x", Requests.listOffsets(with.name("t"), 0, -3, false), 7, ListOffsetsResponseData.class);
        with.note("newest: " + newest.topics().get(0).partitions().get(0).offset());
        with.call("x", Requests.listOffsets(with.name("t"), 4, -1, false), 7, ListOffsetsResponseData.class);
        with.call("x", Requests.listOffsets(with.name("nothing"), 0, -1, false), 7, ListOffsetsResponseData.class);
        for (int version : new int[] {1, 2, 4, 5, 6}) {
            with.call("x", Requests.listOffsets(with.name("t"), 0, -1, false), version, ListOffsetsResponseData.class);
        }
    }

    private static void offset(Conversation with, long timestamp) {
        with.call("x", Requests.listOffsets(with.name("t"), 0, timestamp, false), 7, ListOffsetsResponseData.class);
    }

    private static void deleted(Conversation with) {
        create(with, "t", 2, Map.of());
        produce(with, "t", 0, Requests.records(Producer.NONE, 5));
        produce(with, "t", 0, Requests.records(Producer.NONE, 5));
        for (long before : new long[] {3, 3, 1, 99, -5, 7, -1}) {
            with.call("x", Requests.deleteRecords(with.name("t"), 0, before), 2, DeleteRecordsResponseData.class);
            offset(with, -2);
        }
        with.call("x", Requests.deleteRecords(with.name("t"), 7, 0), 2, DeleteRecordsResponseData.class);
        with.call("x", Requests.deleteRecords(with.name("nothing"), 0, 0), 2, DeleteRecordsResponseData.class);
        fetch(with, "t", 0, 0);
        fetch(with, "t", 0, 10);
        produce(with, "t", 0, Requests.records(Producer.NONE, 1));
        fetch(with, "t", 0, 10);
        create(with, "c", 1, Map.of("cleanup.policy", "compact"));
        with.call("x", Requests.deleteRecords(with.name("c"), 0, 0), 2, DeleteRecordsResponseData.class);
    }

    private static void compression(Conversation with) {
        create(with, "t", 1, Map.of());
        SimpleRecord[] records = new SimpleRecord[50];
        for (int i = 0; i < records.length; i++) {
            records[i] = new SimpleRecord(Requests.NOW, Requests.bytes("k" + i), Requests.bytes("value ".repeat(20)));
        }
        List<Compression> all = List.of(
                Compression.gzip().build(),
                Compression.snappy().build(),
                Compression.lz4().build(),
                Compression.zstd().build());
        for (Compression each : all) {
            produce(with, "t", 0, Requests.records(Producer.NONE, each, records));
        }
        ByteBuffer broken = copy(Requests.records(Producer.NONE, all.get(0), records));
        MemoryRecords spoiled = MemoryRecords.readableRecords(broken);
        produce(with, "t", 0, spoiled);
        fetch(with, "t", 0, 0);
        with.call(
                "x",
                Requests.produce(with.name("t"), 0, Requests.records(Producer.NONE, all.get(3), records)),
                6,
                ProduceResponseData.class);
    }

    private static void appendTime(Conversation with) {
        create(with, "t", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        ProduceResponseData answer = with.look(
                "x",
                Requests.produce(with.name("t"), 0, Requests.records(Producer.NONE, 2)),
                9,
                ProduceResponseData.class);
        with.note("stamped: "
                + (answer.responses()
                                .iterator()
                                .next()
                                .partitionResponses()
                                .get(0)
                                .logAppendTimeMs()
                        > 0));
        fetch(with, "t", 0, 0);
    }
}
