package io.tidemill.peers.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.config.JobConfig;
import com.hazelcast.jet.config.ProcessingGuarantee;
import io.tidemill.peers.Json;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What Hazelcast's jobs have in common: the one member and the properties of its Kafka clients. */
final class HazelcastJob {
    private HazelcastJob() {}

    /** Kafka makes it by name. */
    public static final class PageViewDeserializer implements Deserializer<PageView> {
        @Override
        public PageView deserialize(String topic, byte[] bytes) {
            Probe.first();
            return Json.parse(bytes);
        }
    }

    static HazelcastInstance start() {
        Config config = new Config();
        config.getJetConfig().setEnabled(true).setCooperativeThreadCount(2);
        config.setProperty("hazelcast.logging.type", "slf4j");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.socket.bind.any", "false");
        NetworkConfig network = config.getNetworkConfig();
        // Port 0 is none that it takes; it tries one after the other from here on.
        network.setPort(25_701).setPortAutoIncrement(true).setPublicAddress("127.0.0.1");
        network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        network.getJoin().getAutoDetectionConfig().setEnabled(false);
        network.getJoin().getMulticastConfig().setEnabled(false);
        return Hazelcast.newHazelcastInstance(config);
    }

    static Properties consumer(String bootstrap, String reset) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("auto.offset.reset", reset);
        properties.put("max.poll.records", "5000");
        properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
        properties.put("value.deserializer", PageViewDeserializer.class.getName());
        return properties;
    }

    static Properties producer(String bootstrap) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("linger.ms", "5");
        properties.put("batch.size", "131072");
        properties.put("transaction.timeout.ms", "600000");
        properties.put("key.serializer", StringSerializer.class.getName());
        properties.put("value.serializer", ByteArraySerializer.class.getName());
        return properties;
    }

    static JobConfig job(String id, boolean exactlyOnce, long snapshotMillis) {
        return new JobConfig()
                .setName(id)
                .setSnapshotIntervalMillis(snapshotMillis)
                .setProcessingGuarantee(exactlyOnce ? ProcessingGuarantee.EXACTLY_ONCE : ProcessingGuarantee.NONE);
    }
}
