package io.tidemill.cli.records;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFieldsTest {
    private static JsonFields read(String json) {
        JsonFields fields = new JsonFields("k", "t");
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        fields.read(bytes, 0, bytes.length);
        return fields;
    }

    private static @Nullable String key(JsonFields fields) {
        byte[] key = fields.key();
        return key == null ? null : new String(key, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"k\":\"a\"}               | a",
                "{\"k\":\"\"}                | ``",
                "{\"k\":\"\\u00e9\"}         | é",
                "{\"k\":12}                  | 12",
                "{\"k\":1.50}                | 1.50",
                "{\"k\":false}               | false",
                "{\"x\":{\"k\":1},\"k\":2}   | 2",
                "{\"k\":1,\"k\":2}           | 1",
            })
    void keys(String json, String expected) {
        assertThat(key(read(json))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[1]",
                "{}",
                "{\"k\":null}",
                "{\"k\":{}}",
                "{\"k\":[1]}",
                "{\"k\":",
                "\u0000",
                "\"k\""
            })
    void noKey(String json) {
        assertThat(key(read(json))).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0                                  | 0",
                "1700000000123                      | 1700000000123",
                "1700000000123.9                    | 1700000000123",
                "1.7e12                             | 1700000000000",
                "\"1970-01-01T00:00:00.001Z\"       | 1",
                "\"1970-01-01T02:00:00+01:00\"      | 3600000",
                "-1                                 | -1",
                "\"1969-12-31T23:59:59Z\"           | -1",
                "1e999999999                        | -1",
                "99999999999999999999               | -1",
                "\"1700000000123\"                  | -1",
                "\"2001-01-01 00:00:00\"            | -1",
                "\"+1000000000-12-31T00:00:00Z\"    | 31556889897600000000",
                "true                               | -1",
                "null                               | -1",
                "{}                                 | -1",
            })
    void timestamps(String value, String expected) {
        long wanted = expected.length() > 18 ? JsonFields.NO_TIMESTAMP : Long.parseLong(expected);
        assertThat(read("{\"t\":" + value + "}").timestampMillis()).isEqualTo(wanted);
    }

    @Test
    void hostileInputHarmsNobody() {
        assertThat(key(read("{\"x\":" + "[".repeat(100_000)))).isNull();
        assertThat(key(read("{\"k\":\"a\"," + "[".repeat(100_000)))).isEqualTo("a");
        assertThat(key(read("{\"" + "n".repeat(60_000) + "\":1,\"k\":2}"))).isNull();
        byte[] invalid = {'{', '"', 'k', '"', ':', '"', (byte) 0xff, '"', '}'};
        JsonFields fields = new JsonFields("k", null);
        fields.read(invalid, 0, invalid.length);
        assertThat(fields.key()).isNull();
    }

    @Test
    void withoutFieldsNothingIsRead() {
        JsonFields fields = new JsonFields(null, null);
        fields.read(new byte[0], 0, 0);
        assertThat(fields.key()).isNull();
        assertThat(fields.hasTimestamp()).isFalse();
    }
}
