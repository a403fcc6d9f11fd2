package io.tidemill.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;

/** Nanoseconds per record on one thread. A main program, for a first look; it is not run by the build. */
final class JsonBenchmark {
    private static final int RECORDS = 4_096;
    private static final int ROUNDS = 60;

    /** Keeps the results alive. */
    static volatile Object last = "";

    private final Map<String, Body> bodies = new LinkedHashMap<>();

    private interface Body {
        Object run(int index) throws Exception;
    }

    record Departure(String origin, String destination, Instant scheduled, int delayMinutes) {}

    private JsonBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        JsonBenchmark benchmark = new JsonBenchmark();
        benchmark.addReading();
        benchmark.addWriting();
        for (int warmUp = 0; warmUp < 2; warmUp++) {
            for (Body body : benchmark.bodies.values()) {
                nanos(body);
            }
        }
        for (Map.Entry<String, Body> entry : benchmark.bodies.entrySet()) {
            double[] nanos = nanos(entry.getValue());
            System.out.printf("%-40s best %4.0f ns, median %4.0f ns%n", entry.getKey(), nanos[0], nanos[ROUNDS / 2]);
        }
    }

    private void addReading() {
        byte[][] views = documents(i -> "{\"event_time\":" + time(i) + ",\"page_id\":\"page-" + i % 1000
                + "\",\"user_id\":\"user-" + i + "\",\"dwell_ms\":" + i + "}");
        byte[][] accented = documents(i -> new String(views[i], UTF_8).replace("page-", "pägé-"));
        byte[][] reordered = documents(i -> "{\"user_id\":\"user-" + i + "\",\"page_id\":\"page-" + i % 1000
                + "\",\"dwell_ms\":" + i + ",\"event_time\":" + time(i) + "}\n");
        byte[][] surplus = documents(i -> "{\"schema\":3,\"agent\":\"curl\",\"geo\":{\"lat\":1.5,\"lon\":2.5},"
                + new String(views[i], UTF_8).substring(1));
        byte[][] departures = documents(i -> "{\"origin\":\"JFK\",\"destination\":\"LAX\",\"scheduled\":\""
                + Instant.ofEpochMilli(time(i)) + "\",\"delayMinutes\":" + i + "}");
        ObjectReader jackson = new ObjectMapper().readerFor(Samples.PageView.class);
        Reader<Samples.PageView> bound = new BoundReader<>(Samples.PageView.class);
        Codec<Samples.PageView> codec = Json.of(Samples.PageView.class);
        Codec<Departure> departureCodec = Json.of(Departure.class);
        bodies.put("read: Jackson as it comes", i -> jackson.readValue(views[i]));
        bodies.put("read: data binding, our rules", i -> bound.read(views[i], 0, views[i].length));
        bodies.put("read: codec", i -> codec.decode(views[i], 0, views[i].length));
        bodies.put("read: codec, not ASCII", i -> codec.decode(accented[i], 0, accented[i].length));
        bodies.put("read: codec, another order", i -> codec.decode(reordered[i], 0, reordered[i].length));
        bodies.put("read: codec, 3 more fields", i -> codec.decode(surplus[i], 0, surplus[i].length));
        bodies.put("read: codec, an Instant", i -> departureCodec.decode(departures[i], 0, departures[i].length));
    }

    private void addWriting() {
        ByteSink sink = new ByteSink();
        Codec<Samples.PageView> codec = Json.of(Samples.PageView.class);
        bodies.put("write: record", i -> written(codec, new Samples.PageView(time(i), "page-1", "user-1", i), sink));
        Codec<Result<String, Object>> results = Json.results();
        bodies.put(
                "write: result, a Long",
                i -> written(results, new Result<>("key", new Window(i / 500, 10_000), (long) i, 0), sink));
        Map<String, Object> named = new LinkedHashMap<>(Map.of("count", 12L, "sum", 345L, "mean", 28.75));
        bodies.put(
                "write: result, three named numbers",
                i -> written(results, new Result<>("key", new Window(i / 500, 10_000), named, 0), sink));
    }

    private static <T> ByteSink written(Codec<T> codec, T value, ByteSink sink) {
        sink.reset();
        codec.encode(value, sink);
        return sink;
    }

    private static long time(int index) {
        return 978_307_200_000L + index * 977L;
    }

    private static byte[][] documents(IntFunction<String> document) {
        Random random = new Random(1);
        byte[][] documents = new byte[RECORDS][];
        for (int i = 0; i < RECORDS; i++) {
            documents[i] = document.apply(random.nextInt(RECORDS)).getBytes(UTF_8);
        }
        return documents;
    }

    private static double[] nanos(Body body) throws Exception {
        double[] nanos = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < RECORDS; i++) {
                last = body.run(i);
            }
            nanos[round] = (System.nanoTime() - start) / (double) RECORDS;
        }
        Arrays.sort(nanos);
        return nanos;
    }
}
