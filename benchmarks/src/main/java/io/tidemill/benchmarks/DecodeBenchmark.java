package io.tidemill.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidemill.api.Codec;
import io.tidemill.json.Json;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** What it costs to decode a record of JSON: nanoseconds each. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DecodeBenchmark {
    private static final int RECORDS = 1_000;

    /**
     * {@code plain} is 88 bytes; {@code wide} has six more fields, 230 bytes; {@code escaped} has an escape in one text, and
     * {@code nested} an array in a field that is skipped: both are left to Jackson's parser.
     */
    @Param({"plain", "wide", "escaped", "nested"})
    public String shape = "";

    private final Codec<View> codec = Json.of(View.class);
    private final byte[][] records = new byte[RECORDS][];

    record View(long time, String page, String user, int dwell) {}

    /** A thousand records. */
    @Setup
    public void prepare() {
        Random random = new Random(1);
        for (int i = 0; i < RECORDS; i++) {
            records[i] = json(random).getBytes(UTF_8);
        }
    }

    private String json(Random random) {
        String time = "\"time\":" + (1_700_000_000_000L + random.nextInt(86_400_000));
        String page = ",\"page\":\"page-" + random.nextInt(10_000) + (shape.equals("escaped") ? "\\/" : "") + '"';
        String user = ",\"user\":\"user-" + random.nextInt(100_000) + '"';
        String dwell = ",\"dwell\":" + random.nextInt(60_000);
        return switch (shape) {
            case "wide" ->
                "{\"session\":\"0123456789abcdef\"," + time + ",\"agent\":\"Mozilla/5.0 (X11; Linux x86_64)\"" + page
                        + ",\"referrer\":\"https://example.org/a/b\",\"score\":0.25,\"ok\":true,\"tags\":\"a,b\"" + user
                        + dwell + "}";
            case "nested" -> "{" + time + page + user + dwell + ",\"tags\":[1,2,3]}";
            default -> "{" + time + page + user + dwell + "}";
        };
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void decode(Blackhole hole) throws Exception {
        for (byte[] record : records) {
            hole.consume(codec.decode(record, 0, record.length));
        }
    }
}
