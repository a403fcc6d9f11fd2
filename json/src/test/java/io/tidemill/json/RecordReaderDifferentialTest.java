package io.tidemill.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonMappingException;
import io.tidemill.api.Codec;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records read straight from the parser against the same records read by Jackson's data binding. */
class RecordReaderDifferentialTest {
    private static final int DOCUMENTS = Integer.getInteger("documents", 3_000);

    /** A value or an error; and what is wrong with which component, if it is that. */
    private record Outcome(@Nullable Object value, @Nullable String component) {
        boolean agreesWith(Outcome other) {
            return Objects.equals(value, other.value)
                    && (component == null || other.component == null || component.equals(other.component));
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                Samples.PageView.class,
                Samples.Primitives.class,
                Samples.Boxes.class,
                Samples.Others.class,
                Samples.Times.class,
                Samples.Named.class,
                Samples.One.class,
                Samples.Range.class
            })
    void bothReadersAgree(Class<?> type) throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        RandomJson json = new RandomJson(new Random(seed));
        Reader<?> direct = new RecordReader<>(Objects.requireNonNull(RecordShape.of(type)));
        Reader<?> bound = new BoundReader<>(type);
        Codec<?> codec = Json.of(type);
        Map<String, Class<?>> fields = fields(type);
        int values = 0;
        for (int i = 0; i < DOCUMENTS; i++) {
            byte[] bytes = json.object(fields);
            Outcome expected = read(bound, bytes);
            Outcome found = read(direct, bytes);
            // of several errors in one document the two may meet different ones first
            if (!found.agreesWith(expected)) {
                fail(
                        "-Dseed=%d, document %d: %s%nexpected %s%nfound %s",
                        seed, i, new String(bytes, StandardCharsets.UTF_8), expected, found);
            }
            if (found.value != null) {
                values++;
                assertGoesRound(codec, type, found.value, seed);
            }
        }
        assertThat(values).as("-Dseed=%d", seed).isBetween(DOCUMENTS / 5, DOCUMENTS * 9 / 10);
    }

    private static <T> void assertGoesRound(Codec<T> codec, Class<?> type, Object value, long seed) throws Exception {
        @SuppressWarnings("unchecked") // it was read as such
        T record = (T) value;
        String json = JsonTest.encode(codec, record);
        if (!JsonTest.decode(codec, json).equals(record)) {
            fail("-Dseed=%d: a %s does not go round: %s", seed, type.getSimpleName(), json);
        }
    }

    private static Outcome read(Reader<?> reader, byte[] bytes) {
        try {
            Utf8.requireWellFormed(bytes, 0, bytes.length);
            return new Outcome(reader.read(bytes, 0, bytes.length), null);
        } catch (JsonMappingException e) {
            return new Outcome(null, e.getPath().isEmpty() ? null : e.getPathReference() + e.getOriginalMessage());
        } catch (IOException e) {
            return new Outcome(null, null);
        }
    }

    static Map<String, Class<?>> fields(Class<?> type) throws NoSuchFieldException {
        Map<String, Class<?>> fields = new LinkedHashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            JsonProperty renamed = type.getDeclaredField(component.getName()).getAnnotation(JsonProperty.class);
            fields.put(renamed == null ? component.getName() : renamed.value(), component.getType());
        }
        return fields;
    }
}
