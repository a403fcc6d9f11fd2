package io.tidemill.peers.kstreams;

import io.tidemill.peers.Generator;
import io.tidemill.peers.Json;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** Job C, with state in memory. Arguments: bootstrap, input, output, directory, id, then settings as key=value. */
public final class KafkaStreamsLatency {
    private static final String COUNTS = "counts";
    private static final Serde<PageView> PAGE_VIEWS =
            Serdes.serdeFrom((topic, view) -> Generator.json(view), (topic, bytes) -> Json.parse(bytes));

    private KafkaStreamsLatency() {}

    private static final class Counting implements Processor<String, PageView, String, byte[]> {
        private ProcessorContext<String, byte[]> context;
        private KeyValueStore<String, Long> counts;

        @Override
        public void init(ProcessorContext<String, byte[]> given) {
            context = given;
            counts = given.getStateStore(COUNTS);
        }

        @Override
        public void process(Record<String, PageView> record) {
            Long before = counts.get(record.key());
            long count = before == null ? 1 : before + 1;
            counts.put(record.key(), count);
            context.forward(record.withValue(Json.enriched(new Json.Enriched(record.value(), count))));
        }
    }

    public static void main(String[] args) {
        Properties properties = common(args[0], args[3], args[4]);
        properties.put("auto.offset.reset", "latest");
        properties.put("commit.interval.ms", "100");
        properties.put("statestore.cache.max.bytes", String.valueOf(64L << 20));
        properties.put("producer.linger.ms", "5");
        properties.put("producer.batch.size", "65536");
        override(properties, args, 5);
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(COUNTS), Serdes.String(), Serdes.Long())
                        .withCachingEnabled());
        builder.stream(args[1], Consumed.with(Serdes.String(), PAGE_VIEWS))
                .filter((page, view) -> view.dwellMs % 2 == 0)
                .process(Counting::new, COUNTS)
                .to(args[2], Produced.with(Serdes.String(), Serdes.ByteArray()));
        KafkaStreams streams = new KafkaStreams(builder.build(properties), properties);
        endOnError(streams);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING) {
                Probe.mark("STARTED");
            }
        });
        Probe.endWithParent();
        streams.start();
    }

    static Properties common(String bootstrap, String directory, String id) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("state.dir", directory);
        properties.put("application.id", id);
        properties.put("processing.guarantee", "exactly_once_v2");
        properties.put("num.stream.threads", "2");
        properties.put("replication.factor", "1");
        properties.put("consumer.max.poll.records", "5000");
        return properties;
    }

    static void override(Properties properties, String[] args, int from) {
        for (int i = from; i < args.length; i++) {
            String[] setting = args[i].split("=", 2);
            properties.put(setting[0], setting[1]);
        }
    }

    static void endOnError(KafkaStreams streams) {
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    }
}
