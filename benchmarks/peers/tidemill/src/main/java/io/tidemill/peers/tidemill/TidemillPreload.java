package io.tidemill.peers.tidemill;

import io.tidemill.log.Commit;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.peers.Generator;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Utils;

/** Fills an embedded log with what the rig sends to the broker, in the same partitions. Arguments: directory, events. */
public final class TidemillPreload {
    static final String INPUT = "page-views";

    /** As the rig's producer has it. */
    private static final int BATCH_BYTES = 128 << 10;

    private final EmbeddedLog log;
    private final BatchBuilder[] batches = IntStream.range(0, Generator.PARTITIONS)
            .mapToObj(partition -> new BatchBuilder(BATCH_BYTES + 1024))
            .toArray(BatchBuilder[]::new);

    private TidemillPreload(EmbeddedLog log) {
        this.log = log;
    }

    public static void main(String[] args) {
        Probe.endWithParent();
        long events = Long.parseLong(args[1]);
        try (EmbeddedLog log =
                EmbeddedLog.open(Path.of(args[0]), LogOptions.defaults().durability(Durability.OS))) {
            log.createTopic(INPUT, TopicConfig.of(Generator.PARTITIONS));
            new TidemillPreload(log).load(events);
        }
        Probe.mark("PRELOADED");
        System.exit(0);
    }

    private void load(long events) {
        long nowMillis = System.currentTimeMillis();
        for (long i = 0; i < events; i++) {
            PageView view = Generator.event(i, events);
            byte[] key = view.pageId.getBytes(StandardCharsets.UTF_8);
            add(Utils.toPositive(Utils.murmur2(key)) % Generator.PARTITIONS, key, view, nowMillis);
        }
        for (int step = 1; step <= 2; step++) {
            for (int partition = 0; partition < Generator.PARTITIONS; partition++) {
                PageView view = Generator.flush(partition, step);
                add(partition, view.pageId.getBytes(StandardCharsets.UTF_8), view, nowMillis);
                commit(partition);
            }
        }
    }

    private void add(int partition, byte[] key, PageView view, long nowMillis) {
        batches[partition].add(nowMillis, key, Generator.json(view), List.of());
        if (batches[partition].sizeInBytes() >= BATCH_BYTES) {
            commit(partition);
        }
    }

    private void commit(int partition) {
        TopicPartition to = new TopicPartition(INPUT, partition);
        log.commit(Commit.builder().append(to, batches[partition].build()).build());
        batches[partition] = new BatchBuilder(BATCH_BYTES + 1024);
    }
}
