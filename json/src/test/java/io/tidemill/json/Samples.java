package io.tidemill.json;

import com.fasterxml.jackson.annotation.JsonProperty;
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
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Records of simple types. */
final class Samples {
    private Samples() {}

    enum Color {
        RED,
        GREEN {
            @Override
            public String toString() {
                return "green";
            }
        }
    }

    record PageView(
            long event_time, String page_id, @Nullable String user_id, int dwell_ms) {}

    record Primitives(boolean a, byte b, short c, int d, long e, float f, double g) {}

    record Boxes(
            @Nullable Boolean a,
            @Nullable Byte b,
            @Nullable Short c,
            @Nullable Integer d,
            @Nullable Long e,
            @Nullable Float f,
            @Nullable Double g) {}

    record Others(
            @Nullable String text,
            @Nullable BigInteger whole,
            @Nullable BigDecimal decimal,
            @Nullable UUID id,
            @Nullable Color color) {}

    record Times(
            @Nullable Instant instant,
            @Nullable LocalDate date,
            @Nullable LocalTime time,
            @Nullable LocalDateTime dateTime,
            @Nullable OffsetTime offsetTime,
            @Nullable OffsetDateTime offsetDateTime,
            @Nullable ZonedDateTime zonedDateTime,
            @Nullable Duration duration,
            @Nullable Period period) {}

    record Named(
            @JsonProperty("event_time") long eventTime,

            @JsonProperty("ein \"Wort\" \\ grüß 😀") @Nullable
            String odd) {}

    record One(@Nullable String value) {
        static One valueOf(String value) {
            return new One(value);
        }
    }

    record Range(int from, int to) {
        Range {
            if (from > to) {
                throw new IllegalArgumentException("a range ends after it starts");
            }
        }

        public int getSize() {
            return to - from;
        }

        public boolean isEmpty() {
            return from == to;
        }
    }
}
