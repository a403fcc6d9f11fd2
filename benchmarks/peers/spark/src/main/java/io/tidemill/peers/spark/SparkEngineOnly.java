package io.tidemill.peers.spark;

import static org.apache.spark.sql.functions.expr;

import io.tidemill.peers.Generator;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Job B: the generator as a function over Spark's rate source, to a sink that discards. Arguments: events, directory. */
public final class SparkEngineOnly {
    private SparkEngineOnly() {}

    private static final class End extends StreamingQueryListener {
        private final AtomicLong seen = new AtomicLong();
        private final long events;

        End(long events) {
            this.events = events;
        }

        @Override
        public void onQueryStarted(QueryStartedEvent event) {}

        @Override
        public void onQueryProgress(QueryProgressEvent event) {
            if (seen.addAndGet(event.progress().numInputRows()) >= events) {
                Probe.mark("DONE");
                Runtime.getRuntime().halt(0);
            }
        }

        @Override
        public void onQueryTerminated(QueryTerminatedEvent event) {}
    }

    public static void main(String[] args) throws Exception {
        Probe.endWithParent();
        long events = Long.parseLong(args[0]);
        SparkSession session = SparkJob.session(args[1], 2);
        StructType type = new StructType()
                .add("event_time", DataTypes.LongType)
                .add("page_id", DataTypes.StringType)
                .add("dwell_ms", DataTypes.LongType);
        session.udf().register("generate", (UDF1<Long, Row>) i -> row(Generator.event(i, events)), type);
        session.streams().addListener(new End(events));
        Dataset<Row> views = session.readStream()
                .format("rate-micro-batch")
                .option("rowsPerBatch", Math.min(1_000_000, events))
                .option("numPartitions", 2)
                .load()
                .select(expr("generate(value)").as("view"))
                .select("view.*");
        Probe.mark("FIRST");
        SparkJob.perHour(views)
                .writeStream()
                .outputMode("append")
                .format("noop")
                .option("checkpointLocation", args[1] + "/checkpoints")
                .trigger(Trigger.ProcessingTime(0))
                .start()
                .awaitTermination();
    }

    private static Row row(PageView view) {
        return RowFactory.create(view.eventTime, view.pageId, view.dwellMs);
    }
}
