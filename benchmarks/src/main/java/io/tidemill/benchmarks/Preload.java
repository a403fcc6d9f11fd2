package io.tidemill.benchmarks;

import io.tidemill.api.ByteSink;
import io.tidemill.examples.EventSpan;
import io.tidemill.examples.LatenessProfile;
import io.tidemill.examples.PageViewGenerator;
import io.tidemill.examples.PageViewSettings;
import io.tidemill.log.Commit;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** Fills the topic of the bulk benchmark: a day of page views, keyed by page, over four partitions. */
public final class Preload {
    static final int PARTITIONS = 4;
    private static final int BATCH_BYTES = 256 << 10;

    private Preload() {}

    public static void main(String[] args) {
        Path directory = Path.of(args[0]);
        long events = Long.parseLong(args[1]);
        long started = System.nanoTime();
        try (EmbeddedLog log = EmbeddedLog.open(directory, LogOptions.defaults().durability(Durability.OS))) {
            log.createTopic("page-views", TopicConfig.of(PARTITIONS));
            load(log, events);
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "{\"type\":\"preload\",\"events\":%d,\"partitions\":%d,\"seconds\":%.1f}%n",
                events,
                PARTITIONS,
                seconds);
    }

    private static void load(EmbeddedLog log, long events) {
        PageViewGenerator generator = new PageViewGenerator(PageViewSettings.of(42, LatenessProfile.HOURS));
        EventSpan span = EventSpan.day(events);
        @Nullable BatchBuilder[] batches = new BatchBuilder[PARTITIONS];
        ByteSink value = new ByteSink();
        for (long i = 0; i < events; i++) {
            value.reset();
            long arrival = span.arrivalMillis(i);
            generator.next(arrival, value);
            byte[] key = generator.key();
            int partition = Utils.toPositive(Utils.murmur2(key)) % PARTITIONS;
            BatchBuilder batch = batches[partition];
            if (batch == null) {
                batch = new BatchBuilder(BATCH_BYTES + 1024);
                batches[partition] = batch;
            }
            batch.add(arrival, ByteBuffer.wrap(key), ByteBuffer.wrap(value.array(), 0, value.size()), List.of());
            if (batch.sizeInBytes() >= BATCH_BYTES) {
                log.commit(Commit.builder()
                        .append(new TopicPartition("page-views", partition), batch.build())
                        .build());
                batches[partition] = null;
            }
        }
        for (int p = 0; p < PARTITIONS; p++) {
            BatchBuilder last = batches[p];
            if (last != null) {
                log.commit(Commit.builder()
                        .append(new TopicPartition("page-views", p), last.build())
                        .build());
            }
        }
    }
}
