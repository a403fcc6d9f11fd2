package io.tidemill.peers.kstreams;

import io.tidemill.peers.Generator;
import io.tidemill.peers.Json;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.TimeWindowedKStream;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.state.WindowStore;

/** Job A. Arguments: bootstrap, input, output, directory, id, emit|suppress, memory|rocksdb, then settings as key=value. */
public final class KafkaStreamsBulk {
    private record Sum(long count, long dwell) {}

    private static final Serde<PageView> PAGE_VIEWS =
            Serdes.serdeFrom((topic, view) -> Generator.json(view), (topic, bytes) -> parse(bytes));
    private static final Serde<Sum> SUMS = Serdes.serdeFrom((topic, sum) -> write(sum), (topic, bytes) -> read(bytes));

    private KafkaStreamsBulk() {}

    private static PageView parse(byte[] bytes) {
        Probe.first();
        return Json.parse(bytes);
    }

    private static byte[] write(Sum sum) {
        if (sum == null) {
            return null;
        }
        return ByteBuffer.allocate(16).putLong(sum.count).putLong(sum.dwell).array();
    }

    private static Sum read(byte[] bytes) {
        if (bytes == null) {
            return null;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new Sum(buffer.getLong(), buffer.getLong());
    }

    public static void main(String[] args) {
        Properties properties = properties(args);
        boolean emits = args[5].equals("emit");
        StreamsBuilder builder = new StreamsBuilder();
        TimeWindowedKStream<String, PageView> windows = builder.stream(
                        args[1],
                        Consumed.with(Serdes.String(), PAGE_VIEWS)
                                .withTimestampExtractor((record, before) -> ((PageView) record.value()).eventTime))
                .groupByKey(Grouped.with(Serdes.String(), PAGE_VIEWS))
                .windowedBy(
                        TimeWindows.ofSizeAndGrace(Duration.ofHours(1), Duration.ofMillis(Generator.LATENESS_MILLIS)));
        if (emits) {
            windows = windows.emitStrategy(EmitStrategy.onWindowClose());
        }
        KTable<Windowed<String>, Sum> sums = windows.aggregate(
                () -> new Sum(0, 0),
                (key, view, sum) -> new Sum(sum.count + 1, sum.dwell + view.dwellMs),
                store(args[6].equals("memory")));
        if (!emits) {
            sums = sums.suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()));
        }
        sums.toStream()
                .map((key, sum) -> KeyValue.pair(
                        key.key(), Json.result(key.key(), key.window().start(), sum.count, sum.dwell)))
                .to(args[2], Produced.with(Serdes.String(), Serdes.ByteArray()));
        run(builder, properties);
    }

    private static Properties properties(String[] args) {
        Properties properties = KafkaStreamsLatency.common(args[0], args[3], args[4]);
        properties.put("auto.offset.reset", "earliest");
        properties.put("commit.interval.ms", "1000");
        properties.put("statestore.cache.max.bytes", String.valueOf(256L << 20));
        properties.put("producer.batch.size", "131072");
        properties.put("topology.optimization", "all");
        // Windows are looked for at most once in this interval, and only when a record comes: at the default of a
        // second,
        // the last windows would wait for a record that never comes.
        properties.put("__emit.interval.ms.kstreams.windowed.aggregation__", 0L);
        KafkaStreamsLatency.override(properties, args, 7);
        return properties;
    }

    private static Materialized<String, Sum, WindowStore<Bytes, byte[]>> store(boolean inMemory) {
        return Materialized.<String, Sum, WindowStore<Bytes, byte[]>>as("sums")
                .withKeySerde(Serdes.String())
                .withValueSerde(SUMS)
                .withCachingEnabled()
                .withRetention(Duration.ofHours(3))
                .withStoreType(inMemory ? BuiltInDslStoreSuppliers.IN_MEMORY : BuiltInDslStoreSuppliers.ROCKS_DB);
    }

    private static void run(StreamsBuilder builder, Properties properties) {
        KafkaStreams streams = new KafkaStreams(builder.build(properties), properties);
        KafkaStreamsLatency.endOnError(streams);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Probe.say("LATE dropped=" + dropped(streams))));
        Probe.endWithParent();
        Probe.mark("STARTED");
        streams.start();
    }

    private static long dropped(KafkaStreams streams) {
        return streams.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals("dropped-records-total"))
                .mapToLong(metric -> ((Number) metric.metricValue()).longValue())
                .sum();
    }
}
