package io.tidemill.peers.flink;

import io.tidemill.peers.Json;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import org.apache.flink.api.common.serialization.AbstractDeserializationSchema;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** What Flink's jobs have in common: the environment, the source and the sink. */
final class FlinkJob {
    private FlinkJob() {}

    static StreamExecutionEnvironment environment(
            String backend, String directory, long checkpointMillis, boolean exactlyOnce, long bufferTimeoutMillis) {
        boolean rocksdb = backend.equals("rocksdb");
        Configuration configuration = new Configuration();
        configuration.setString("state.backend.type", backend);
        configuration.setString("execution.checkpointing.dir", "file://" + directory + "/checkpoints");
        configuration.setString("execution.checkpointing.incremental", String.valueOf(rocksdb));
        configuration.setString("taskmanager.memory.managed.size", rocksdb ? "512m" : "64m");
        configuration.setString("taskmanager.memory.network.min", "128m");
        configuration.setString("taskmanager.memory.network.max", "128m");
        configuration.setString("taskmanager.numberOfTaskSlots", "2");
        configuration.setString("pipeline.object-reuse", "true");
        configuration.setString("execution.buffer-timeout.interval", bufferTimeoutMillis + "ms");
        configuration.setString("rest.port", "0");
        configuration.setString("io.tmp.dirs", directory + "/tmp");
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
        if (checkpointMillis > 0) {
            environment.enableCheckpointing(
                    checkpointMillis, exactlyOnce ? CheckpointingMode.EXACTLY_ONCE : CheckpointingMode.AT_LEAST_ONCE);
            environment.getCheckpointConfig().setMinPauseBetweenCheckpoints(Math.min(checkpointMillis / 2, 500));
        }
        return environment;
    }

    private static final class Schema extends AbstractDeserializationSchema<PageView> {
        Schema() {
            super(TypeInformation.of(PageView.class));
        }

        @Override
        public PageView deserialize(byte[] bytes) {
            Probe.first();
            return Json.parse(bytes);
        }
    }

    static KafkaSource<PageView> source(String bootstrap, String topic, boolean fromBeginning) {
        return KafkaSource.<PageView>builder()
                .setBootstrapServers(bootstrap)
                .setTopics(topic)
                .setGroupId("flink-" + topic + "-" + System.nanoTime())
                .setStartingOffsets(fromBeginning ? OffsetsInitializer.earliest() : OffsetsInitializer.latest())
                .setProperty("max.poll.records", "5000")
                .setProperty("fetch.max.wait.ms", fromBeginning ? "500" : "10")
                .setValueOnlyDeserializer(new Schema())
                .build();
    }

    static <T> KafkaSink<T> sink(
            String bootstrap,
            String topic,
            boolean exactlyOnce,
            String prefix,
            SerializationSchema<T> key,
            SerializationSchema<T> value) {
        return KafkaSink.<T>builder()
                .setBootstrapServers(bootstrap)
                .setDeliveryGuarantee(exactlyOnce ? DeliveryGuarantee.EXACTLY_ONCE : DeliveryGuarantee.AT_LEAST_ONCE)
                .setTransactionalIdPrefix(prefix)
                .setProperty("transaction.timeout.ms", "600000")
                .setProperty("linger.ms", "5")
                .setProperty("batch.size", "131072")
                .setRecordSerializer(KafkaRecordSerializationSchema.<T>builder()
                        .setTopic(topic)
                        .setKeySerializationSchema(key)
                        .setValueSerializationSchema(value)
                        .build())
                .build();
    }
}
