package io.tidemill.benchmarks;

import io.tidemill.api.ByteSink;
import io.tidemill.examples.EventSpan;
import io.tidemill.examples.LatenessProfile;
import io.tidemill.examples.PageViewGenerator;
import io.tidemill.examples.PageViewSettings;
import io.tidemill.log.Commit;
import io.tidemill.log.CommitResult;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs one thread to commit a hundred page views to one partition: microseconds for all of them, until they are durable. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AppendBenchmark {
    private static final int RECORDS = 100;
    private static final TopicPartition PARTITION = new TopicPartition("page-views", 0);

    @Param({"DISK", "OS"})
    public Durability durability = Durability.DISK;

    private final List<byte[]> values = new ArrayList<>();
    private @Nullable Path directory;
    private @Nullable EmbeddedLog log;

    @Setup
    public void makeValues() {
        PageViewGenerator generator = new PageViewGenerator(PageViewSettings.of(1, LatenessProfile.HOURS));
        EventSpan span = EventSpan.day(RECORDS);
        for (int i = 0; i < RECORDS; i++) {
            ByteSink value = new ByteSink();
            generator.next(span.arrivalMillis(i), value);
            values.add(value.toByteArray());
        }
    }

    /** A new log each time, so that the disk is never full. */
    @Setup(Level.Iteration)
    public void open() throws IOException {
        Path made = Files.createTempDirectory("tidemill-append");
        directory = made;
        log = EmbeddedLog.open(made, LogOptions.defaults().durability(durability));
        log.createTopic(PARTITION.topic(), TopicConfig.of(1));
    }

    @TearDown(Level.Iteration)
    public void close() throws IOException {
        Objects.requireNonNull(log).close();
        Children.delete(Objects.requireNonNull(directory));
    }

    @Benchmark
    public CommitResult append() {
        BatchBuilder batch = new BatchBuilder(RECORDS * 128);
        for (byte[] value : values) {
            batch.add(1, null, value, List.of());
        }
        return Objects.requireNonNull(log)
                .commit(Commit.builder().append(PARTITION, batch.build()).build());
    }
}
