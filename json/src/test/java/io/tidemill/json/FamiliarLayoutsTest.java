package io.tidemill.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.fail;

import io.tidemill.api.Codec;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read because it looks like what was read before, against Jackson's data binding. */
class FamiliarLayoutsTest {
    private static final int ROUNDS = Integer.getInteger("documents", 3_000) / 60;

    record Fields(
            long id,
            String name,
            int count,
            boolean on,
            @Nullable Double rate,
            @Nullable Float share,
            Samples.@Nullable Color color) {}

    @ParameterizedTest
    @ValueSource(
            classes = {
                Samples.PageView.class,
                Samples.Primitives.class,
                Samples.Boxes.class,
                Samples.Times.class,
                Samples.Named.class,
                Samples.One.class,
                Samples.Range.class,
                Fields.class
            })
    void jacksonReadsTheSame(Class<?> type) throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        RandomJson json = new RandomJson(random);
        Map<String, Class<?>> fields = RecordReaderDifferentialTest.fields(type);
        Reader<?> jackson = new BoundReader<>(type);
        int familiar = 0;
        for (int round = 0; round < ROUNDS; round++) {
            FamiliarLayouts<?> layouts = layouts(type);
            for (byte[] record : json.alike(fields, 60)) {
                familiar += compare(layouts, jackson, record, random, seed) ? 1 : 0;
                compare(layouts, jackson, json.changed(record), random, seed);
            }
        }
        assertThat(familiar).as("-Dseed=%d", seed).isGreaterThan(ROUNDS);
    }

    private static FamiliarLayouts<?> layouts(Class<?> type) {
        return Objects.requireNonNull(FamiliarLayouts.of(Objects.requireNonNull(RecordShape.of(type))));
    }

    /** Returns whether it was familiar. */
    private static boolean compare(
            FamiliarLayouts<?> layouts, Reader<?> jackson, byte[] record, Random random, long seed) throws IOException {
        byte[] around = new byte[random.nextInt(12)];
        Arrays.fill(around, (byte) "0\" }".charAt(random.nextInt(4)));
        byte[] bytes = Arrays.copyOf(around, around.length + record.length + random.nextInt(12));
        Arrays.fill(bytes, (byte) "0\" }".charAt(random.nextInt(4)));
        System.arraycopy(record, 0, bytes, around.length, record.length);
        Object found = layouts.read(bytes, around.length, record.length);
        Object expected;
        try {
            Utf8.requireWellFormed(record, 0, record.length);
            expected = jackson.read(record, 0, record.length);
        } catch (IOException e) {
            if (found != null) {
                fail("-Dseed=%d: %s is %s, not an error: %s", seed, new String(record, UTF_8), found, e);
            }
            return false;
        }
        if (found != null && !found.equals(expected)) {
            fail("-Dseed=%d: %s is %s, not %s", seed, new String(record, UTF_8), found, expected);
        }
        if (found == null) {
            layouts.notice(bytes, around.length, record.length);
        }
        return found != null;
    }

    @Test
    void aSecondRecordIsFamiliar() throws Exception {
        FamiliarLayouts<?> layouts = layouts(Fields.class);
        assertThat(read(layouts, "{\"id\":1,\"name\":\"a\",\"count\":0,\"on\":true}"))
                .isNull();
        notice(layouts, "{\"id\":1,\"name\":\"a\",\"count\":0,\"on\":true}");
        assertThat(read(
                        layouts,
                        "{\"id\":-123456789012345678,\"name\":\"longer text, with all: {}\",\"count\":7,\"on\":false}"))
                .isEqualTo(new Fields(-123456789012345678L, "longer text, with all: {}", 7, false, null, null, null));
        assertThat(read(layouts, "{\"id\":1,\"name\":null,\"count\":0,\"on\":true}"))
                .isNotNull();
        for (int i = 0; i < 2; i++) { // the next to be looked at is the fourth
            notice(layouts, "{ \"x\": [1], \"id\": 1 }");
        }
        notice(
                layouts,
                "{\"rate\": 1, \"id\": 1, \"share\": 0.5, \"x\": null, \"on\": true, \"name\": \"\", \"count\": 1, \"color\": \"RED\"}\n");
        assertThat(
                        read(
                                layouts,
                                "{\"rate\": 0.1, \"id\": 1, \"share\": 16.25, \"x\": -1.5, \"on\": true, \"name\": \"\", \"count\": 1, \"color\": \"GREEN\"}\n"))
                .isEqualTo(new Fields(1, "", 1, true, 0.1, 16.25f, Samples.Color.GREEN));
    }

    @Test
    void whatIsTooLongIsLeftToJackson() throws Exception {
        FamiliarLayouts<?> layouts = layouts(Samples.One.class);
        notice(layouts, "{\"value\":\"\"}");
        assertThat(read(layouts, "{\"value\":\"" + "x".repeat(100_000) + "\"}")).isNotNull();
        assertThat(read(layouts, "{\"value\":\"" + "x".repeat(1 << 20) + "\"}")).isNull();
        Codec<Samples.One> codec = Json.of(Samples.One.class);
        JsonTest.decode(codec, "{\"value\":\"\"}");
        assertThatThrownBy(() -> JsonTest.decode(codec, "{\"value\":\"" + "x".repeat(20_000_001) + "\"}"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void anErrorOfAFamiliarRecordIsJacksons() throws Exception {
        Codec<Samples.Range> codec = Json.of(Samples.Range.class);
        String first = errorOf(codec, "{\"from\":2,\"to\":1}");
        String wrong = errorOf(codec, "{\"from\":2,\"to\":-}");
        assertThat(JsonTest.decode(codec, "{\"from\":1,\"to\":2}")).isEqualTo(new Samples.Range(1, 2));
        assertThat(JsonTest.decode(codec, "{\"from\":3,\"to\":4}")).isEqualTo(new Samples.Range(3, 4));
        assertThat(errorOf(codec, "{\"from\":2,\"to\":1}")).isEqualTo(first).contains("a range ends");
        assertThat(errorOf(codec, "{\"from\":2,\"to\":-}")).isEqualTo(wrong);
    }

    private static String errorOf(Codec<?> codec, String json) {
        return String.valueOf(catchThrowable(() -> JsonTest.decode(codec, json)).getMessage());
    }

    @Test
    void aDecimalIsTheNearestDouble() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        FamiliarLayouts<?> layouts = layouts(Samples.Primitives.class);
        String json = "{\"a\":true,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":%s,\"g\":%s}";
        notice(layouts, json.formatted("1", "1"));
        int familiar = 0;
        for (int i = 0; i < 20_000; i++) {
            String f = decimal(random, 8);
            String g = decimal(random, 16);
            Object found = read(layouts, json.formatted(f, g));
            if (found instanceof Samples.Primitives values) {
                familiar++;
                if (Float.compare(values.f(), Float.parseFloat(f)) != 0
                        || Double.compare(values.g(), Double.parseDouble(g)) != 0) {
                    fail("-Dseed=%d: %s and %s are %s", seed, f, g, values);
                }
            }
        }
        assertThat(familiar).as("-Dseed=%d", seed).isGreaterThan(5_000);
    }

    private static String decimal(Random random, int digitsMax) {
        String digits =
                String.valueOf(random.nextLong(1L << 60, Long.MAX_VALUE)).substring(0, 1 + random.nextInt(digitsMax));
        String sign = random.nextBoolean() ? "-" : "";
        return random.nextBoolean() ? sign + "0." + digits : sign + "1" + digits.substring(1) + "." + digits.charAt(0);
    }

    private static @Nullable Object read(FamiliarLayouts<?> layouts, String json) {
        return layouts.read(json.getBytes(UTF_8), 0, json.getBytes(UTF_8).length);
    }

    private static void notice(FamiliarLayouts<?> layouts, String json) throws IOException {
        layouts.notice(json.getBytes(UTF_8), 0, json.getBytes(UTF_8).length);
    }
}
