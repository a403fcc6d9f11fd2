package io.tidemill.peers.flink;

import io.tidemill.peers.Generator;
import io.tidemill.peers.Json;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Jobs A and B. Arguments: bootstrap (or {@code generate}), input (or the number of events), output (or -), directory, id,
 * hashmap|rocksdb, milliseconds between checkpoints (0 for none).
 */
public final class FlinkBulk {
    private static final AtomicLong LATE = new AtomicLong();
    private static final AtomicLong FINALS = new AtomicLong();
    private static final AtomicLong COUNTED = new AtomicLong();

    private FlinkBulk() {}

    /** A POJO by Flink's rules. */
    public static class Sum {
        public long count;
        public long dwell;

        public Sum() {}
    }

    /** A POJO by Flink's rules. */
    public static class Final {
        public String page;
        public long start;
        public long count;
        public long dwell;

        public Final() {}
    }

    private static final class Summing implements AggregateFunction<PageView, Sum, Sum> {
        @Override
        public Sum createAccumulator() {
            return new Sum();
        }

        @Override
        public Sum add(PageView view, Sum sum) {
            sum.count++;
            sum.dwell += view.dwellMs;
            return sum;
        }

        @Override
        public Sum getResult(Sum sum) {
            return sum;
        }

        @Override
        public Sum merge(Sum one, Sum other) {
            one.count += other.count;
            one.dwell += other.dwell;
            return one;
        }
    }

    private static final class WithWindow extends ProcessWindowFunction<Sum, Final, String, TimeWindow> {
        @Override
        public void process(String page, Context context, Iterable<Sum> sums, Collector<Final> out) {
            Sum sum = sums.iterator().next();
            Final result = new Final();
            result.page = page;
            result.start = context.window().getStart();
            result.count = sum.count;
            result.dwell = sum.dwell;
            out.collect(result);
        }
    }

    private static final class Key implements SerializationSchema<Final> {
        @Override
        public byte[] serialize(Final result) {
            return result.page.getBytes(StandardCharsets.UTF_8);
        }
    }

    private static final class Value implements SerializationSchema<Final> {
        @Override
        public byte[] serialize(Final result) {
            return Json.result(result.page, result.start, result.count, result.dwell);
        }
    }

    public static void main(String[] args) throws Exception {
        Probe.endWithParent();
        boolean generates = args[0].equals("generate");
        StreamExecutionEnvironment environment =
                FlinkJob.environment(args[5], args[3], Long.parseLong(args[6]), true, 100);
        WatermarkStrategy<PageView> watermarks = WatermarkStrategy.<PageView>forBoundedOutOfOrderness(
                        Duration.ofMillis(Generator.LATENESS_MILLIS))
                .withTimestampAssigner((view, before) -> view.eventTime);
        DataStream<PageView> views = generates
                ? environment.fromSource(generator(Long.parseLong(args[1])), watermarks, "generator")
                : environment.fromSource(FlinkJob.source(args[0], args[1], true), watermarks, "kafka");
        OutputTag<PageView> late = new OutputTag<>("late", TypeInformation.of(PageView.class));
        SingleOutputStreamOperator<Final> finals = views.keyBy(view -> view.pageId, Types.STRING)
                .window(TumblingEventTimeWindows.of(Duration.ofHours(1)))
                .sideOutputLateData(late)
                .aggregate(
                        new Summing(),
                        new WithWindow(),
                        TypeInformation.of(Sum.class),
                        TypeInformation.of(Sum.class),
                        TypeInformation.of(Final.class));
        finals.getSideOutput(late).map(view -> LATE.incrementAndGet()).sinkTo(new DiscardingSink<>());
        if (generates) {
            finals.map(FlinkBulk::count).sinkTo(new DiscardingSink<>());
        } else {
            finals.sinkTo(FlinkJob.sink(args[0], args[2], true, args[4], new Key(), new Value()));
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Probe.say("LATE dropped=" + LATE)));
        Probe.mark("STARTED");
        environment.execute("bulk");
        Probe.mark("DONE");
        Probe.say("COUNTED finals=" + FINALS + " counted=" + COUNTED);
        System.exit(0);
    }

    /** The source is split into the two halves of the index range; so each of them spans all 24 hours. */
    private static DataGeneratorSource<PageView> generator(long events) {
        long half = events / 2;
        GeneratorFunction<Long, PageView> function = i -> {
            Probe.first();
            return Generator.event(i < half ? i * 2 : (i - half) * 2 + 1, events);
        };
        return new DataGeneratorSource<>(function, events, TypeInformation.of(PageView.class));
    }

    private static Long count(Final result) {
        FINALS.incrementAndGet();
        return COUNTED.addAndGet(result.count);
    }
}
