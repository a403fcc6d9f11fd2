package io.tidemill.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Result;
import io.tidemill.api.Window;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultCodecTest {
    private static final Window WINDOW = new Window(978_307_200_000L, 978_307_200_500L);

    @Test
    void writesKeyWindowRevisionAndValue() {
        assertThat(json(new Result<>("JFK", WINDOW, 42L, 3)))
                .isEqualTo("{\"key\":\"JFK\",\"windowStart\":\"2001-01-01T00:00:00Z\","
                        + "\"windowEnd\":\"2001-01-01T00:00:00.500Z\",\"revision\":3,\"value\":42}");
        assertThat(json(new Result<>(7L, new Window(-1, 0), 1.5, 0)))
                .isEqualTo("{\"key\":7,\"windowStart\":\"1969-12-31T23:59:59.999Z\","
                        + "\"windowEnd\":\"1970-01-01T00:00:00Z\",\"revision\":0,\"value\":1.5}");
    }

    @Test
    void withoutAWindowThereIsNoRevision() {
        assertThat(json(new Result<>("JFK", null, 42, 0))).isEqualTo("{\"key\":\"JFK\",\"value\":42}");
    }

    @Test
    void writesAnyKeyAndValue() {
        assertThat(valueJson(Double.NaN)).isEqualTo("\"NaN\"");
        assertThat(valueJson("a\"b")).isEqualTo("\"a\\\"b\"");
        assertThat(valueJson(true)).isEqualTo("true");
        assertThat(valueJson(LocalDate.of(2001, 2, 3))).isEqualTo("\"2001-02-03\"");
        assertThat(valueJson(List.<Object>of(1, "x"))).isEqualTo("[1,\"x\"]");
        assertThat(valueJson(Samples.Color.GREEN)).isEqualTo("\"GREEN\"");
        assertThat(valueJson(Map.of(LocalDate.of(2001, 2, 3), 1L))).isEqualTo("{\"2001-02-03\":1}");
        assertThat(json(new Result<>(new Samples.Range(1, 2), null, new Samples.Range(3, 4), 0)))
                .isEqualTo("{\"key\":{\"from\":1,\"to\":2},\"value\":{\"from\":3,\"to\":4}}");
    }

    @Test
    void writesNamedAggregatesInTheirOrder() {
        Map<String, Object> inner = new LinkedHashMap<>();
        inner.put("z", 1L);
        inner.put("a", 0.25);
        Map<String, Object> outer = new LinkedHashMap<>();
        outer.put("n", 5L);
        outer.put("inner", inner);
        outer.put("range", new Samples.Range(1, 2));
        assertThat(valueJson(outer))
                .isEqualTo("{\"n\":5,\"inner\":{\"z\":1,\"a\":0.25},\"range\":{\"from\":1,\"to\":2}}");
    }

    @Test
    void aValueWithoutEndIsAnError() {
        List<Object> endless = new ArrayList<>();
        endless.add(endless);
        assertThatThrownBy(() -> valueJson(endless)).isInstanceOf(IllegalArgumentException.class);
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("map", map);
        assertThatThrownBy(() -> valueJson(map)).isInstanceOf(IllegalArgumentException.class);
        assertThat(valueJson(1L)).isEqualTo("1");
    }

    @Test
    void onlyWrites() {
        assertThat(Json.results().format()).isEqualTo("json(result)");
        assertThatThrownBy(() -> Json.results().decode(new byte[0], 0, 0))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("only writes");
    }

    private static String valueJson(Object value) {
        String json = json(new Result<>("k", null, value, 0));
        assertThat(json).startsWith("{\"key\":\"k\",\"value\":").endsWith("}");
        return json.substring("{\"key\":\"k\",\"value\":".length(), json.length() - 1);
    }

    private static <K, V> String json(Result<K, V> result) {
        return JsonTest.encode(Json.<K, V>results(), result);
    }
}
