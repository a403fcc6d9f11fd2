package io.tidemill.cli.records;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tidemill.cli.output.Json;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * Takes the key and the timestamp out of a record's JSON: two top-level fields, of which the first of that name counts.
 * What is missing or malformed is no error, since the record is loaded as it is. Not thread-safe.
 */
public final class JsonFields {
    /** What {@link #timestampMillis} says where there is none. */
    static final long NO_TIMESTAMP = -1;

    private final @Nullable String keyField;
    private final @Nullable String timestampField;
    private byte @Nullable [] key;
    private boolean keySeen;
    private long timestampMillis;
    private boolean timestampSeen;

    public JsonFields(@Nullable String keyField, @Nullable String timestampField) {
        this.keyField = keyField;
        this.timestampField = timestampField;
    }

    boolean hasKey() {
        return keyField != null;
    }

    boolean hasTimestamp() {
        return timestampField != null;
    }

    void read(byte[] bytes, int offset, int length) {
        key = null;
        keySeen = keyField == null;
        timestampMillis = NO_TIMESTAMP;
        timestampSeen = timestampField == null;
        if (keySeen && timestampSeen) {
            return;
        }
        try (JsonParser parser = Json.FACTORY.createParser(bytes, offset, length)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                readFields(parser);
            }
        } catch (IOException e) {
            // What stands before the mistake counts; the rest is for whoever decodes the record.
        }
    }

    private void readFields(JsonParser parser) throws IOException {
        while (!(keySeen && timestampSeen) && parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (!keySeen && name.equals(keyField)) {
                keySeen = true;
                key = key(parser, value);
            }
            if (!timestampSeen && name.equals(timestampField)) {
                timestampSeen = true;
                timestampMillis = timestamp(parser, value);
            }
            parser.skipChildren();
        }
    }

    private static byte @Nullable [] key(JsonParser parser, JsonToken value) throws IOException {
        return value.isScalarValue() && value != JsonToken.VALUE_NULL
                ? parser.getText().getBytes(StandardCharsets.UTF_8)
                : null;
    }

    private static long timestamp(JsonParser parser, JsonToken value) throws IOException {
        try {
            long millis = NO_TIMESTAMP;
            if (value == JsonToken.VALUE_NUMBER_INT) {
                millis = parser.getLongValue();
            } else if (value == JsonToken.VALUE_NUMBER_FLOAT) {
                BigDecimal number = parser.getDecimalValue();
                // Checked first: making a whole number of 1e999999999 would take all the memory there is.
                boolean sane = number.precision() - number.scale() <= 18;
                millis = sane ? number.longValue() : NO_TIMESTAMP;
            } else if (value == JsonToken.VALUE_STRING) {
                millis = parse(parser.getText()).toEpochMilli();
            }
            return Math.max(NO_TIMESTAMP, millis);
        } catch (DateTimeException | ArithmeticException e) {
            return NO_TIMESTAMP;
        }
    }

    /** ISO-8601 with {@code Z} or an offset. */
    private static Instant parse(String text) {
        return text.endsWith("Z")
                ? Instant.parse(text)
                : OffsetDateTime.parse(text).toInstant();
    }

    /** A text's UTF-8, a number or a boolean as it is written; null if there is nothing of the kind. */
    byte @Nullable [] key() {
        return key;
    }

    /** Since the epoch; {@link #NO_TIMESTAMP} where there is none, or one before 1970, which a record cannot have. */
    long timestampMillis() {
        return timestampMillis;
    }
}
