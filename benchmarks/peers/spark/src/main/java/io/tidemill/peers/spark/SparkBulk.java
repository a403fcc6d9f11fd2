package io.tidemill.peers.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.unix_millis;

import io.tidemill.peers.Probe;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamReader;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.apache.spark.sql.streaming.Trigger;

/** Job A. Arguments: bootstrap, input, output, directory, id, one|batches (of 500,000 records). */
public final class SparkBulk {
    private SparkBulk() {}

    private static final class Late extends StreamingQueryListener {
        private final AtomicLong dropped = new AtomicLong();

        @Override
        public void onQueryStarted(QueryStartedEvent event) {}

        @Override
        public void onQueryProgress(QueryProgressEvent event) {
            for (StateOperatorProgress operator : event.progress().stateOperators()) {
                dropped.addAndGet(operator.numRowsDroppedByWatermark());
            }
        }

        @Override
        public void onQueryTerminated(QueryTerminatedEvent event) {}
    }

    public static void main(String[] args) throws Exception {
        Probe.endWithParent();
        SparkSession session = SparkJob.session(args[3], 2);
        Late late = new Late();
        session.streams().addListener(late);
        DataStreamReader reader = session.readStream()
                .format("kafka")
                .option("kafka.bootstrap.servers", args[0])
                .option("subscribe", args[1])
                .option("startingOffsets", "earliest")
                .option("kafka.max.poll.records", "5000");
        if (args[5].equals("batches")) {
            reader = reader.option("maxOffsetsPerTrigger", "500000");
        }
        Dataset<Row> finals = SparkJob.perHour(SparkJob.parse(reader.load()))
                .select(
                        col("page_id").as("key"),
                        to_json(struct(
                                        col("page_id"),
                                        unix_millis(col("window.start")).as("window_start"),
                                        col("count"),
                                        col("dwell_sum")))
                                .as("value"));
        // Rows dropped after they were added up within their batch: fewer than the events they stand for.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Probe.say("LATE dropped=" + late.dropped)));
        // Spark gives no hook at its first record: this is a moment before it.
        Probe.mark("FIRST");
        finals.writeStream()
                .outputMode("append")
                .format("kafka")
                .option("kafka.bootstrap.servers", args[0])
                .option("topic", args[2])
                .option("checkpointLocation", args[3] + "/checkpoints")
                .trigger(Trigger.AvailableNow())
                .start()
                .awaitTermination();
        Probe.mark("DONE");
        // Like the other peers, it stays until it is ended.
        new CountDownLatch(1).await();
    }
}
