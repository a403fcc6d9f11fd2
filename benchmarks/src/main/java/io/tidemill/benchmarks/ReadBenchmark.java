package io.tidemill.benchmarks;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.examples.EventSpan;
import io.tidemill.examples.LatenessProfile;
import io.tidemill.examples.PageView;
import io.tidemill.examples.PageViewGenerator;
import io.tidemill.examples.PageViewSettings;
import io.tidemill.json.Json;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** What it costs to write, to iterate and to decode a record: nanoseconds each. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ReadBenchmark {
    private static final int RECORDS = 1_000;

    private final Codec<PageView> codec = Json.of(PageView.class);
    private final RecordCursor cursor = new RecordCursor();
    private byte[][] values = {};

    /** A batch of a thousand page views. */
    @Setup
    public void prepare() {
        PageViewGenerator generator = new PageViewGenerator(PageViewSettings.of(1, LatenessProfile.HOURS));
        EventSpan span = EventSpan.day(RECORDS);
        values = new byte[RECORDS][];
        for (int i = 0; i < RECORDS; i++) {
            ByteSink value = new ByteSink();
            generator.next(span.arrivalMillis(i), value);
            values[i] = value.toByteArray();
        }
        ByteBuffer bytes = build().bytes();
        cursor.reset(0);
        int start = cursor.reserve(bytes.remaining());
        int length = bytes.remaining();
        bytes.duplicate().get(cursor.reserved(), start, length);
        cursor.addBatch(start, length, 0);
    }

    private Batch build() {
        BatchBuilder batch = new BatchBuilder(RECORDS * 128);
        for (byte[] value : values) {
            batch.add(1, null, value, List.of());
        }
        return batch.build();
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void write(Blackhole hole) {
        hole.consume(build());
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void iterate(Blackhole hole) {
        cursor.rewind();
        while (cursor.next()) {
            hole.consume(cursor.valueStart());
        }
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void iterateAndDecode(Blackhole hole) throws Exception {
        cursor.rewind();
        while (cursor.next()) {
            hole.consume(codec.decode(cursor.array(), cursor.valueStart(), cursor.valueLength()));
        }
    }
}
