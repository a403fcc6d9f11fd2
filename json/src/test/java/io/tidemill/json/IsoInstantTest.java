package io.tidemill.json;

import static org.assertj.core.api.Assertions.fail;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IsoInstantTest {
    private static final String CHARACTERS = "0123456789-:TZ.+tz ٣";

    @Test
    void parsesAsTheJdkDoes() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 50_000; i++) {
            int nanos = random.nextInt(1_000_000_000) / (int) Math.pow(10, random.nextInt(10));
            StringBuilder text =
                    new StringBuilder(Instant.ofEpochSecond(random.nextLong() >> (20 + random.nextInt(12)), nanos)
                            .toString());
            for (int edits = random.nextInt(3); edits > 0; edits--) {
                text.setCharAt(random.nextInt(text.length()), CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
            }
            assertParsesAsTheJdkDoes(text.toString(), seed);
        }
        for (String text : List.of(
                "",
                "Z",
                "2001-01-01T00:00:00.Z",
                "2001-01-01T24:00:00Z",
                "2001-06-30T23:59:60Z",
                "2001-01-01T00:00:00.1234567890Z",
                "2001-01-01T00:00Z",
                "2001-01-01T00:00:00+01:00",
                "0000-01-01T00:00:00Z",
                "2001-02-29T00:00:00Z",
                "2000-02-29T00:00:00.123Z")) {
            assertParsesAsTheJdkDoes(text, seed);
        }
    }

    private static void assertParsesAsTheJdkDoes(String text, long seed) {
        Instant parsed = parse(text, IsoInstant::parse);
        Instant expected = parse(text, Instant::parse);
        if (!Objects.equals(parsed, expected)) {
            fail("-Dseed=%d: %s is %s, not %s", seed, text, expected, parsed);
        }
    }

    private static @Nullable Instant parse(String text, Function<String, Instant> parser) {
        try {
            return parser.apply(text);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
