package io.tidemill.peers.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.Job;
import com.hazelcast.jet.aggregate.AggregateOperation1;
import com.hazelcast.jet.aggregate.AggregateOperations;
import com.hazelcast.jet.core.metrics.Measurement;
import com.hazelcast.jet.datamodel.KeyedWindowResult;
import com.hazelcast.jet.datamodel.Tuple2;
import com.hazelcast.jet.kafka.KafkaSinks;
import com.hazelcast.jet.kafka.KafkaSources;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.Sink;
import com.hazelcast.jet.pipeline.SinkBuilder;
import com.hazelcast.jet.pipeline.SourceBuilder;
import com.hazelcast.jet.pipeline.SourceBuilder.TimestampedSourceBuffer;
import com.hazelcast.jet.pipeline.StreamSource;
import com.hazelcast.jet.pipeline.StreamStage;
import com.hazelcast.jet.pipeline.WindowDefinition;
import io.tidemill.peers.Generator;
import io.tidemill.peers.Json;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Jobs A and B. Arguments: bootstrap (or {@code generate}), input (or the number of events), output (or -), directory, id, exactly|none. */
public final class HazelcastBulk {
    private static final long SNAPSHOT_MILLIS = 1_000;
    private static final long SETTLE_MILLIS = 1_500;
    private static final AtomicLong FINALS = new AtomicLong();
    private static final AtomicLong COUNTED = new AtomicLong();
    private static final AtomicBoolean ENDED = new AtomicBoolean();

    private HazelcastBulk() {}

    private static final class Events {
        private static final int BATCH = 1024;
        private final long events;
        private final int step;
        private long next;
        private boolean flushed;

        Events(int index, int parallelism, long events) {
            this.next = index;
            this.step = parallelism;
            this.events = events;
        }

        void fill(TimestampedSourceBuffer<PageView> buffer) {
            Probe.first();
            for (int i = 0; i < BATCH && next < events; i++, next += step) {
                add(buffer, Generator.event(next, events));
            }
            if (next >= events && !flushed) {
                flushed = true;
                for (int i = 1; i <= 2; i++) {
                    for (int partition = 0; partition < Generator.PARTITIONS; partition++) {
                        add(buffer, Generator.flush(partition, i));
                    }
                }
            }
        }

        private static void add(TimestampedSourceBuffer<PageView> buffer, PageView view) {
            buffer.add(view, view.eventTime);
        }
    }

    public static void main(String[] args) {
        Probe.endWithParent();
        boolean exactlyOnce = args[5].equals("exactly");
        boolean generates = args[0].equals("generate");
        HazelcastInstance member = HazelcastJob.start();
        Pipeline pipeline = Pipeline.create();
        StreamStage<PageView> views = generates
                ? pipeline.readFrom(generator(Long.parseLong(args[1]))).withNativeTimestamps(Generator.LATENESS_MILLIS)
                : kafka(pipeline, args);
        AggregateOperation1<PageView, ?, Tuple2<Long, Long>> sums = AggregateOperations.allOf(
                AggregateOperations.counting(), AggregateOperations.summingLong((PageView view) -> view.dwellMs));
        StreamStage<KeyedWindowResult<String, Tuple2<Long, Long>>> finals = views.groupingKey(view -> view.pageId)
                .window(WindowDefinition.tumbling(Generator.HOUR_MILLIS))
                .aggregate(sums);
        finals.writeTo(generates ? counting() : kafka(args[0], args[2], exactlyOnce));
        Job job = member.getJet().newJob(pipeline, HazelcastJob.job(args[4], exactlyOnce, SNAPSHOT_MILLIS));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Probe.say("LATE dropped=" + dropped(job))));
        Probe.mark("STARTED");
        job.join();
    }

    private static long dropped(Job job) {
        return job.getMetrics().get("lateEventsDropped").stream()
                .mapToLong(Measurement::value)
                .sum();
    }

    private static StreamStage<PageView> kafka(Pipeline pipeline, String[] args) {
        Properties consumer = HazelcastJob.consumer(args[0], "earliest");
        consumer.put("isolation.level", "read_committed");
        return pipeline.readFrom(
                        KafkaSources.<byte[], PageView, PageView>kafka(consumer, record -> record.value(), args[1]))
                .withTimestamps(view -> view.eventTime, Generator.LATENESS_MILLIS)
                .setLocalParallelism(2);
    }

    private static StreamSource<PageView> generator(long events) {
        return SourceBuilder.timestampedStream(
                        "generator",
                        context -> new Events(context.globalProcessorIndex(), context.totalParallelism(), events))
                .<PageView>fillBufferFn(Events::fill)
                .distributed(2)
                .build();
    }

    private static Sink<KeyedWindowResult<String, Tuple2<Long, Long>>> kafka(
            String bootstrap, String topic, boolean exactlyOnce) {
        return KafkaSinks.<KeyedWindowResult<String, Tuple2<Long, Long>>>kafka(HazelcastJob.producer(bootstrap))
                .toRecordFn(result -> new ProducerRecord<>(
                        topic,
                        result.key(),
                        Json.result(
                                result.key(),
                                result.start(),
                                result.result().f0(),
                                result.result().f1())))
                .exactlyOnce(exactlyOnce)
                .build();
    }

    private static Sink<KeyedWindowResult<String, Tuple2<Long, Long>>> counting() {
        return SinkBuilder.sinkBuilder("counting", context -> 0)
                .<KeyedWindowResult<String, Tuple2<Long, Long>>>receiveFn((context, result) -> count(result))
                .build();
    }

    private static void count(KeyedWindowResult<String, Tuple2<Long, Long>> result) {
        if (!result.key().startsWith(Generator.FLUSH)) {
            FINALS.incrementAndGet();
            COUNTED.addAndGet(result.result().f0());
        } else if (ENDED.compareAndSet(false, true)) {
            Probe.mark("DONE");
            new Thread(HazelcastBulk::end).start();
        }
    }

    /** The last results are still on their way to the other sink. */
    private static void end() {
        try {
            Thread.sleep(SETTLE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Probe.say("COUNTED finals=" + FINALS + " counted=" + COUNTED);
        System.exit(0);
    }
}
