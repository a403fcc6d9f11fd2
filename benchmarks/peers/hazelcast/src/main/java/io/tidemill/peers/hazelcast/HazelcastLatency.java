package io.tidemill.peers.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.accumulator.LongAccumulator;
import com.hazelcast.jet.kafka.KafkaSinks;
import com.hazelcast.jet.kafka.KafkaSources;
import com.hazelcast.jet.pipeline.Pipeline;
import io.tidemill.peers.Json;
import io.tidemill.peers.Json.Enriched;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Job C, with a snapshot every 100 ms. Arguments: bootstrap, input, output, directory, id. */
public final class HazelcastLatency {
    private static final long SNAPSHOT_MILLIS = 100;

    private HazelcastLatency() {}

    public static void main(String[] args) {
        Probe.endWithParent();
        String output = args[2];
        HazelcastInstance member = HazelcastJob.start();
        Properties consumer = HazelcastJob.consumer(args[0], "latest");
        consumer.put("fetch.max.wait.ms", "10");
        Pipeline pipeline = Pipeline.create();
        pipeline.readFrom(KafkaSources.<byte[], PageView, PageView>kafka(consumer, record -> record.value(), args[1]))
                .withoutTimestamps()
                .setLocalParallelism(2)
                .filter(view -> view.dwellMs % 2 == 0)
                .groupingKey(view -> view.pageId)
                .mapStateful(LongAccumulator::new, (count, page, view) -> {
                    count.add(1);
                    return new Enriched(view, count.get());
                })
                .writeTo(KafkaSinks.<Enriched>kafka(HazelcastJob.producer(args[0]))
                        .toRecordFn(view -> new ProducerRecord<>(output, view.pageId, Json.enriched(view)))
                        .exactlyOnce(true)
                        .build());
        Probe.mark("STARTED");
        member.getJet()
                .newJob(pipeline, HazelcastJob.job(args[4], true, SNAPSHOT_MILLIS))
                .join();
    }
}
