package io.tidemill.peers.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import io.tidemill.peers.Probe;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Job C, or the half of it without state: the running count is the constant 0, and the sink is at-least-once. So it is a lower
 * bound of what Spark would need. Arguments: bootstrap, input, output, directory, id, microbatch|realtime.
 */
public final class SparkLatency {
    private SparkLatency() {}

    public static void main(String[] args) throws Exception {
        Probe.endWithParent();
        boolean realTime = args[5].equals("realtime");
        // Real-time mode keeps a task for every partition.
        SparkSession session = SparkJob.session(args[3], realTime ? 5 : 2);
        Dataset<Row> views = SparkJob.parse(session.readStream()
                .format("kafka")
                .option("kafka.bootstrap.servers", args[0])
                .option("subscribe", args[1])
                .option("startingOffsets", "latest")
                .load());
        Dataset<Row> enriched = views.where("dwell_ms % 2 = 0")
                .select(
                        col("page_id").as("key"),
                        to_json(struct(
                                        col("event_time"),
                                        col("page_id"),
                                        col("user_id"),
                                        col("dwell_ms"),
                                        lit(0).as("page_count")))
                                .as("value"));
        StreamingQuery query = enriched.writeStream()
                .outputMode(realTime ? "update" : "append")
                .format("kafka")
                .option("kafka.bootstrap.servers", args[0])
                .option("topic", args[2])
                .option("kafka.linger.ms", "5")
                .option("checkpointLocation", args[3] + "/checkpoints")
                .trigger(realTime ? Trigger.RealTime("10 seconds") : Trigger.ProcessingTime(0))
                .start();
        Probe.mark("STARTED");
        query.awaitTermination();
    }
}
