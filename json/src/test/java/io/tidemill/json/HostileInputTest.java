package io.tidemill.json;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Codec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What may come from outside, for a record that is read straight from the parser and for one that is bound by Jackson. */
class HostileInputTest {
    record Simple(@Nullable String text, int number) {}

    record Bound(
            @Nullable String text, int number, @Nullable List<String> more) {}

    static final List<Codec<? extends Record>> CODECS = List.of(Json.of(Simple.class), Json.of(Bound.class));

    @ParameterizedTest
    @FieldSource("CODECS")
    void nothingIsAnError(Codec<? extends Record> codec) {
        refuses(codec, "", "  \n", "null", " null ", "\uFEFF{\"number\":1}");
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void everyTruncationIsAnError(Codec<? extends Record> codec) {
        String json = "{\"text\":\"grüß\\u00e9\",\"new\":[{\"a\":-1.5e3},true],\"number\":12}";
        byte[] bytes = json.getBytes(UTF_8);
        for (int length = 0; length < bytes.length; length++) {
            refuses(codec, Arrays.copyOf(bytes, length));
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void whatFollowsIsAnError(Codec<? extends Record> codec) throws Exception {
        refuses(codec, "{\"number\":1}x", "{\"number\":1}{\"number\":2}", "{\"number\":1} ,", "{\"number\":1}\u0000");
        assertThat(JsonTest.decode(codec, "{\"number\":1} \r\n\t"))
                .hasToString(JsonTest.decode(codec, "{\"number\":1}").toString());
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void malformedTextIsAnError(Codec<? extends Record> codec) throws Exception {
        int[][] malformed = {
            {0x80},
            {0xC0, 0x80},
            {0xC1, 0xBF},
            {0xC3},
            {0xE0, 0x80, 0x80},
            {0xED, 0xA0, 0x80},
            {0xF0, 0x80, 0x80, 0x80},
            {0xF4, 0x90, 0x80, 0x80},
            {0xF8, 0x88, 0x80, 0x80, 0x80},
            {0xFE},
            {0xFF}
        };
        for (int[] sequence : malformed) {
            refuses(codec, with("{\"number\":1,\"text\":\"", sequence, "\"}"));
            refuses(codec, with("{\"number\":1,\"new\":\"", sequence, "\"}"));
            refuses(codec, with("{\"number\":1,\"", sequence, "\":0}"));
        }
        refuses(codec, "{\"number\":1}".getBytes(UTF_16));
        refuses(codec, "{\"number\":1}".getBytes(UTF_16BE));
        assertThat(JsonTest.decode(codec, "{\"number\":1,\"text\":\"\uFFFD\"}").toString())
                .contains("\uFFFD");
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void depthIsBounded(Codec<? extends Record> codec) throws Exception {
        for (String bracket : List.of("[", "{\"a\":")) {
            refuses(
                    codec,
                    bracket.repeat(100_000),
                    "{\"new\":" + bracket.repeat(100_000),
                    "{\"number\":" + bracket.repeat(100_000),
                    "{\"text\":" + bracket.repeat(100_000));
        }
        refuses(codec, "{\"number\":1,\"new\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}");
        JsonTest.decode(codec, "{\"number\":1,\"new\":" + "[".repeat(999) + "]".repeat(999) + "}");
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void numbersAreBounded(Codec<? extends Record> codec) {
        refuses(
                codec,
                "{\"number\":" + "9".repeat(100_000) + "}",
                "{\"number\":1,\"new\":" + "9".repeat(100_000) + "}",
                "{\"number\":1e999999999}",
                "{\"number\":2147483648}");
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void textsAndNamesAreBounded(Codec<? extends Record> codec) throws Exception {
        String fiveMillion = "ü".repeat(2_500_000);
        assertThat(JsonTest.decode(codec, "{\"number\":1,\"text\":\"" + fiveMillion + "\"}")
                        .toString())
                .contains(fiveMillion);
        refuses(
                codec,
                "{\"number\":1,\"text\":\"" + "x".repeat(20_000_001) + "\"}",
                "{\"number\":1,\"" + "x".repeat(Jackson.FIELD_NAME_CHARS_MAX + 1) + "\":1}",
                "{\"number\":1,\"new\":{\"" + "x".repeat(100_000) + "\":1}}");
    }

    /** What a parser has seen before must not change what it makes of the next record. */
    @ParameterizedTest
    @FieldSource("CODECS")
    void manyNamesDoNoHarm(Codec<? extends Record> codec) throws Exception {
        for (int record = 0; record < 3_000; record++) {
            StringBuilder json = new StringBuilder("{\"number\":").append(record);
            for (int i = 0; i < 20; i++) {
                json.append(",\"name").append(record * 20 + i).append("\":").append(i);
            }
            assertThat(JsonTest.decode(codec, json.append('}').toString()).toString())
                    .contains("number=" + record);
        }
    }

    /** These all have one hash in Jackson's table of names. */
    @ParameterizedTest
    @FieldSource("CODECS")
    void collidingNamesDoNoHarm(Codec<? extends Record> codec) throws Exception {
        StringBuilder json = new StringBuilder("{");
        for (String name : CollidingNames.list(5_000)) {
            json.append('"').append(name).append("\":0,");
        }
        assertThat(JsonTest.decode(codec, json.append("\"number\":1}").toString())
                        .toString())
                .contains("number=1");
        assertThat(JsonTest.decode(Json.of(Map.class), json.toString()).size()).isEqualTo(5_001);
    }

    private static byte[] with(String before, int[] sequence, String after) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(before.getBytes(UTF_8));
        for (int value : sequence) {
            bytes.write(value);
        }
        bytes.write(after.getBytes(UTF_8));
        return bytes.toByteArray();
    }

    private static void refuses(Codec<? extends Record> codec, String... documents) {
        for (String document : documents) {
            refuses(codec, document.getBytes(UTF_8));
        }
    }

    private static void refuses(Codec<? extends Record> codec, byte[] bytes) {
        assertThatThrownBy(() -> codec.decode(bytes, 0, bytes.length))
                .as("%.100s", new String(bytes, UTF_8))
                .isInstanceOf(IOException.class);
    }
}
