package io.tidemill.peers.flink;

import io.tidemill.peers.Json;
import io.tidemill.peers.Json.Enriched;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Job C. Arguments: bootstrap, input, output, directory, id, hashmap|rocksdb, milliseconds between checkpoints, exactly|atleast. */
public final class FlinkLatency {
    private FlinkLatency() {}

    private static final class Counting extends KeyedProcessFunction<String, PageView, Enriched> {
        private transient ValueState<Long> count;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public void processElement(PageView view, Context context, Collector<Enriched> out) throws Exception {
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            out.collect(new Enriched(view, now));
        }
    }

    private static final class Key implements SerializationSchema<Enriched> {
        @Override
        public byte[] serialize(Enriched view) {
            return view.pageId.getBytes(StandardCharsets.UTF_8);
        }
    }

    private static final class Value implements SerializationSchema<Enriched> {
        @Override
        public byte[] serialize(Enriched view) {
            return Json.enriched(view);
        }
    }

    public static void main(String[] args) throws Exception {
        Probe.endWithParent();
        boolean exactlyOnce = args[7].equals("exactly");
        StreamExecutionEnvironment environment =
                FlinkJob.environment(args[5], args[3], Long.parseLong(args[6]), exactlyOnce, 5);
        environment
                .fromSource(FlinkJob.source(args[0], args[1], false), WatermarkStrategy.noWatermarks(), "kafka")
                .filter(view -> view.dwellMs % 2 == 0)
                .keyBy(view -> view.pageId, Types.STRING)
                .process(new Counting(), TypeInformation.of(Enriched.class))
                .sinkTo(FlinkJob.sink(args[0], args[2], exactlyOnce, args[4], new Key(), new Value()));
        Probe.mark("STARTED");
        environment.execute("latency");
    }
}
