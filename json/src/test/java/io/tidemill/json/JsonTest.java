package io.tidemill.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JsonTest {
    private static final Samples.PageView VIEW = new Samples.PageView(978_307_200_123L, "page-123", "user-4242", 1234);
    private static final String VIEW_JSON =
            "{\"event_time\":978307200123,\"page_id\":\"page-123\",\"user_id\":\"user-4242\",\"dwell_ms\":1234}";

    record Leg(String from, String to) {
        public String getName() {
            return from + "-" + to;
        }

        static Leg valueOf(String text) {
            return new Leg(text, text);
        }
    }

    record Trip(
            int id,
            List<Leg> legs,
            Map<LocalDate, Double> prices,
            @Nullable Leg extra,
            OffsetDateTime booked,
            Duration stay,
            int[] seats) {}

    record Formatted(@JsonFormat(pattern = "yyyyMMdd") LocalDate day, LocalDate other) {}

    record Required(
            @JsonProperty(value = "a", required = true) @Nullable
            String a,

            @Nullable String b) {}

    record Tick() {}

    record Wrapped(@JsonSerialize(using = InArray.class) Leg leg) {}

    static final class InArray extends JsonSerializer<Leg> {
        @Override
        public void serialize(Leg leg, JsonGenerator generator, SerializerProvider serializers) throws IOException {
            generator.writeStartArray();
            generator.writePOJO(leg);
            generator.writeEndArray();
        }
    }

    record Noisy(int value) {
        static final Codec<Noisy> CODEC = Json.of(Noisy.class);

        @Override
        public int value() {
            if (value == 0) {
                throw new IllegalStateException("no value");
            }
            ByteSink sink = new ByteSink();
            if (value > 1) {
                CODEC.encode(new Noisy(value - 1), sink);
            }
            return value + sink.size();
        }
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
    interface Anything {}

    record Something(int a) implements Anything {}

    static final class Bean {
        public int count = 7;
        public @Nullable String text;
    }

    @Test
    void writesComponentsInTheirOrderAndReadsThemInAny() throws Exception {
        Codec<Samples.PageView> codec = Json.of(Samples.PageView.class);
        assertThat(codec.format()).isEqualTo("json(PageView)");
        assertThat(encode(codec, VIEW)).isEqualTo(VIEW_JSON);
        assertThat(decode(codec, VIEW_JSON)).isEqualTo(VIEW);
        assertThat(decode(
                        codec,
                        "{\"dwell_ms\":1234,\"user_id\":\"user-4242\",\"page_id\":\"page-123\","
                                + "\"new\":[{}],\"event_time\":978307200123} \n"))
                .isEqualTo(VIEW);
    }

    @Test
    void readsASliceAndKeepsNoReferenceToIt() throws Exception {
        byte[] bytes = ("xx" + VIEW_JSON + "}").getBytes(UTF_8);
        Samples.PageView view = Json.of(Samples.PageView.class).decode(bytes, 2, bytes.length - 3);
        Arrays.fill(bytes, (byte) 0);
        assertThat(view).isEqualTo(VIEW);
    }

    @Test
    void everySimpleTypeGoesRound() throws Exception {
        roundTrip(new Samples.Primitives(true, (byte) -128, (short) 32767, -1, Long.MIN_VALUE, Float.MIN_VALUE, 0.1));
        roundTrip(new Samples.Primitives(false, (byte) 0, (short) 0, 0, 0, Float.NaN, Double.NEGATIVE_INFINITY));
        roundTrip(new Samples.Primitives(false, (byte) 0, (short) 0, 0, 0, -0.0f, -0.0));
        roundTrip(new Samples.Boxes(null, null, null, null, null, null, null));
        roundTrip(new Samples.Boxes(true, (byte) 1, (short) 2, 3, 4L, 5.5f, Double.MAX_VALUE));
        roundTrip(new Samples.Others(
                "grüß \u0000 \" \\ 😀 \uD800",
                BigInteger.TEN.pow(900),
                new BigDecimal("1.50E+40"),
                new UUID(1, 2),
                Samples.Color.GREEN));
        roundTrip(new Samples.Times(
                Instant.parse("-0044-03-15T12:00:00.000000001Z"),
                LocalDate.MAX,
                LocalTime.MIDNIGHT,
                LocalDateTime.parse("2001-01-01T10:00"),
                OffsetTime.parse("10:00+01:00"),
                OffsetDateTime.MIN,
                ZonedDateTime.parse("2001-06-01T10:00+02:00[Europe/Paris]"),
                Duration.ofDays(-40),
                Period.of(1, 2, 3)));
        roundTrip(new Samples.Named(1, "x"));
        roundTrip(new Samples.One(null));
    }

    @Test
    void aRecordIsItsComponentsOnly() throws Exception {
        assertThat(encode(Json.of(Samples.Range.class), new Samples.Range(1, 2)))
                .isEqualTo("{\"from\":1,\"to\":2}");
        assertThat(encode(Json.of(Samples.Named.class), new Samples.Named(1, null)))
                .isEqualTo("{\"event_time\":1,\"ein \\\"Wort\\\" \\\\ grüß 😀\":null}");
        assertThatThrownBy(() -> decode(Json.of(Samples.One.class), "\"text\"")).hasMessageContaining("an object");
        assertThatThrownBy(() -> decode(Json.of(Trip.class), "{\"id\":1,\"legs\":[\"text\"]}"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aMissingPrimitiveIsAnErrorThatNamesIt() {
        assertThatThrownBy(() -> decode(
                        Json.of(Samples.PageView.class), "{\"event_time\":1,\"page_id\":\"p\",\"user_id\":\"u\"}"))
                .hasMessageContaining("dwell_ms");
        assertThatThrownBy(() -> decode(Json.of(Trip.class), "{\"legs\":[]}")).hasMessageContaining("\"id\"");
        assertThatThrownBy(() -> decode(Json.of(int[].class), "[1,null]")).isInstanceOf(IOException.class);
    }

    @Test
    void whatAConstructorRefusesIsAnError() {
        assertThatThrownBy(() -> decode(Json.of(Samples.Range.class), "{\"from\":2,\"to\":1}"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a range ends after it starts")
                .hasCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anErrorDoesNotDependOnTheRecordsBefore() throws Exception {
        Codec<Samples.PageView> codec = Json.of(Samples.PageView.class);
        String wrong = VIEW_JSON.replace("\"page-123\"", "\n 1");
        String first = errorOf(codec, wrong);
        assertThat(first).contains("expected a text", "page_id", "line: 2, column: 2");
        for (int i = 0; i < 2_500; i++) {
            assertThat(decode(codec, VIEW_JSON + "\n")).isEqualTo(VIEW);
        }
        assertThat(errorOf(codec, wrong)).isEqualTo(first);
    }

    private static String errorOf(Codec<?> codec, String json) {
        Throwable error = catchThrowable(() -> decode(codec, json));
        return String.valueOf(error.getMessage());
    }

    @Test
    void otherTypesGoRound() throws Exception {
        Trip trip = new Trip(
                1,
                List.of(new Leg("a", "b"), new Leg("b", "c")),
                Map.of(LocalDate.of(2001, 1, 1), 1.5),
                null,
                OffsetDateTime.parse("2001-01-01T10:00:00+01:00"),
                Duration.ofMinutes(90),
                new int[] {1, 2});
        String json = "{\"id\":1,\"legs\":[{\"from\":\"a\",\"to\":\"b\"},{\"from\":\"b\",\"to\":\"c\"}],"
                + "\"prices\":{\"2001-01-01\":1.5},\"extra\":null,\"booked\":\"2001-01-01T10:00:00+01:00\","
                + "\"stay\":\"PT1H30M\",\"seats\":[1,2]}";
        assertThat(encode(Json.of(Trip.class), trip)).isEqualTo(json);
        assertThat(decode(Json.of(Trip.class), json)).usingRecursiveComparison().isEqualTo(trip);
        assertThat(decode(Json.of(Tick.class), encode(Json.of(Tick.class), new Tick())))
                .isEqualTo(new Tick());
        assertThat(decode(Json.of(Bean.class), "{\"text\":\"a\"}"))
                .usingRecursiveComparison()
                .isEqualTo(bean(7, "a"));
        assertThat(encode(Json.of(Bean.class), bean(1, null))).isEqualTo("{\"count\":1,\"text\":null}");
        assertThat(decode(Json.of(String.class), "\"a\"")).isEqualTo("a");
        assertThat(decode(Json.of(Long.class), "1")).isEqualTo(1L);
        assertThat(decode(Json.of(Samples.Color.class), "\"RED\"")).isEqualTo(Samples.Color.RED);
        assertThat(decode(Json.of(Map.class), "{\"a\":[1,true,null]}").toString())
                .isEqualTo("{a=[1, true, null]}");
        assertThat(decode(Json.of(JsonNode.class), "{\"a\":1}")).hasToString("{\"a\":1}");
    }

    @Test
    void otherTypesAreAsStrict() {
        refuses(Trip.class, "{\"id\":1,\"seats\":[\"1\"]}");
        refuses(Trip.class, "{\"id\":1,\"seats\":[1.5]}");
        refuses(Trip.class, "{\"id\":\"1\"}");
        refuses(Trip.class, "{\"id\":1.0}");
        refuses(Trip.class, "{\"id\":1,\"id\":1}");
        refuses(Trip.class, "{\"id\":1,\"new\":{\"a\":1,\"a\":1}}");
        refuses(Trip.class, "{\"id\":1} {}");
        refuses(Trip.class, "{\"id\":1,\"legs\":[{\"from\":1}]}");
        refuses(Trip.class, "{\"id\":1,\"legs\":{}}");
        refuses(Trip.class, "{\"id\":1,\"prices\":{\"2001-01-01\":\"1\"}}");
        refuses(String[].class, "[1]");
        refuses(Bean.class, "{\"count\":null}");
        refuses(Bean.class, "{\"text\":1}");
        refuses(Samples.Color.class, "0");
        refuses(JsonNode.class, "null");
        refuses(Map.class, "null");
        refuses(Long.class, "1 2");
        refuses(Long.class, "");
    }

    @Test
    void annotationsAreLeftToJackson() throws Exception {
        assertThat(encode(Json.of(Formatted.class), new Formatted(LocalDate.of(2001, 2, 3), LocalDate.of(2001, 2, 3))))
                .isEqualTo("{\"day\":\"20010203\",\"other\":\"2001-02-03\"}");
        assertThat(decode(Json.of(Formatted.class), "{\"day\":\"20010203\",\"other\":\"2001-02-03\"}")
                        .day())
                .isEqualTo("2001-02-03");
        refuses(Formatted.class, "{\"other\":\"20010203\"}");
        refuses(Required.class, "{\"b\":\"\"}");
        assertThat(decode(Json.of(Required.class), "{\"a\":\"\"}")).isEqualTo(new Required("", null));
    }

    @Test
    void aSerializerMayWriteOtherObjects() throws Exception {
        assertThat(encode(Json.of(Wrapped.class), new Wrapped(new Leg("a", "b"))))
                .isEqualTo("{\"leg\":[{\"from\":\"a\",\"to\":\"b\"}]}");
    }

    @Test
    void theInputNamesNoClass() {
        refuses(Anything.class, "{\"@class\":\"" + Something.class.getName() + "\",\"a\":1}");
    }

    @Test
    void aFailedValueLeavesTheSinkAsItWas() throws Exception {
        ByteSink sink = new ByteSink();
        sink.writeUtf8("before");
        List<Object> tooLong = new ArrayList<>(List.of("x".repeat(20_000)));
        tooLong.add(new Noisy(0));
        assertThatThrownBy(() -> Json.of(List.class).encode(tooLong, sink))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no value");
        assertThat(new String(sink.toByteArray(), UTF_8)).isEqualTo("before");
        assertThat(encode(Json.of(Samples.PageView.class), VIEW)).isEqualTo(VIEW_JSON);
    }

    @Test
    void whatIsWrittenMayWrite() {
        assertThat(encode(Noisy.CODEC, new Noisy(3))).isEqualTo("{\"value\":" + (3 + "{\"value\":14}".length()) + "}");
    }

    @Test
    void codecsAreSerializable() throws Exception {
        assertThat(encode(copy(Json.of(Samples.PageView.class)), VIEW)).isEqualTo(VIEW_JSON);
        assertThat(decode(copy(Json.of(Samples.PageView.class)), VIEW_JSON)).isEqualTo(VIEW);
        assertThat(decode(copy(Json.of(Required.class)), "{\"a\":\"\"}")).isEqualTo(new Required("", null));
        assertThat(copy(Json.results())).isSameAs(Json.results());
    }

    @Test
    void codecsAreThreadSafe() throws Exception {
        Codec<Samples.PageView> codec = Json.of(Samples.PageView.class);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(i);
                tasks.add(() -> {
                    for (int n = 0; n < 10_000; n++) {
                        Samples.PageView view =
                                new Samples.PageView(random.nextLong(), "p" + random.nextInt(), null, random.nextInt());
                        assertThat(decode(codec, encode(codec, view))).isEqualTo(view);
                    }
                    return null;
                });
            }
            for (Future<Void> done : threads.invokeAll(tasks)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static <T> void refuses(Class<T> type, String json) {
        assertThatThrownBy(() -> decode(Json.of(type), json)).as(json).isInstanceOf(IOException.class);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Record> void roundTrip(T value) throws Exception {
        Codec<T> codec = Json.of((Class<T>) value.getClass());
        String json = encode(codec, value);
        assertThat(decode(codec, json)).as(json).isEqualTo(value);
        assertThat(new BoundReader<>((Class<T>) value.getClass())
                        .read(json.getBytes(UTF_8), 0, json.getBytes(UTF_8).length))
                .as(json)
                .isEqualTo(value);
    }

    private static Bean bean(int count, @Nullable String text) {
        Bean bean = new Bean();
        bean.count = count;
        bean.text = text;
        return bean;
    }

    static <T> T decode(Codec<T> codec, String json) throws Exception {
        byte[] bytes = json.getBytes(UTF_8);
        return codec.decode(bytes, 0, bytes.length);
    }

    static <T> String encode(Codec<T> codec, T value) {
        ByteSink sink = new ByteSink();
        codec.encode(value, sink);
        return new String(sink.toByteArray(), UTF_8);
    }

    @SuppressWarnings("unchecked")
    private static <T> Codec<T> copy(Codec<T> codec) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(codec);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (Codec<T>) in.readObject();
        }
    }
}
