package io.tidemill.peers.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.timestamp_millis;
import static org.apache.spark.sql.functions.window;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** What Spark's jobs have in common: the session and the queries. */
final class SparkJob {
    private static final StructType PAGE_VIEW = new StructType()
            .add("event_time", DataTypes.LongType)
            .add("page_id", DataTypes.StringType)
            .add("user_id", DataTypes.StringType)
            .add("dwell_ms", DataTypes.LongType);

    private SparkJob() {}

    static SparkSession session(String directory, int slots) {
        SparkSession session = SparkSession.builder()
                .master("local[" + slots + "]")
                .appName("peer")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.local.dir", directory + "/tmp")
                .config("spark.sql.warehouse.dir", directory + "/warehouse")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.adaptive.enabled", "false")
                .config("spark.sql.streaming.metricsEnabled", "false")
                .getOrCreate();
        session.sparkContext().setLogLevel("ERROR");
        return session;
    }

    static Dataset<Row> parse(Dataset<Row> records) {
        return records.select(from_json(col("value").cast("string"), PAGE_VIEW).as("view"))
                .select("view.*");
    }

    static Dataset<Row> perHour(Dataset<Row> views) {
        return views.withColumn("time", timestamp_millis(col("event_time")))
                .withWatermark("time", "10 minutes")
                .groupBy(window(col("time"), "1 hour"), col("page_id"))
                .agg(count(lit(1)).as("count"), sum("dwell_ms").as("dwell_sum"));
    }
}
