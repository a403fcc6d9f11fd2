package io.tidemill.cli.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Window;
import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.LocalTime;
import io.tidemill.cli.output.Text;
import io.tidemill.engine.ResultKey;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The newest revision of a result. */
public record StoredResult(ResultKey identity, byte[] payload) implements Comparable<StoredResult> {
    private static final String PANE = "pane";

    /** By key, byte by byte, then by window. */
    @Override
    public int compareTo(StoredResult other) {
        int byKey = Arrays.compareUnsigned(identity.key(), other.identity.key());
        if (byKey != 0) {
            return byKey;
        }
        Window mine = identity.window();
        Window theirs = other.identity.window();
        if (mine == null || theirs == null) {
            return Boolean.compare(mine != null, theirs != null);
        }
        return mine.compareTo(theirs);
    }

    /**
     * As one line of JSON: the payload as it is if it is an object of {@code Json.results()}, else one made around it. Where
     * there is a window, with the pane and, if there is a zone, the window in local time.
     */
    public String line(@Nullable ZoneId zone) {
        JsonNode parsed = Json.parse(payload);
        boolean oneLine = true;
        for (byte each : payload) {
            oneLine &= each != '\n' && each != '\r';
        }
        return parsed != null && isResult(parsed) && oneLine ? asItIs(parsed, zone) : Json.text(json(parsed, zone));
    }

    /** With what the record's headers say put behind: numbers in it stay as they were written. */
    private String asItIs(JsonNode parsed, @Nullable ZoneId zone) {
        String text = new String(payload, StandardCharsets.UTF_8).strip();
        ObjectNode more = Json.object();
        putPane(more, zone);
        if (more.isEmpty() || parsed.has(PANE)) {
            return text;
        }
        return text.substring(0, text.length() - 1) + "," + Json.text(more).substring(1);
    }

    private void putPane(ObjectNode json, @Nullable ZoneId zone) {
        Window window = identity.window();
        if (window != null) {
            LocalTime.putLocal(json, window, zone);
            json.put(PANE, identity.pane().name());
        }
    }

    /** As one object; see {@link #line}. */
    public ObjectNode json(@Nullable ZoneId zone) {
        return json(Json.parse(payload), zone);
    }

    private ObjectNode json(@Nullable JsonNode parsed, @Nullable ZoneId zone) {
        if (parsed instanceof ObjectNode object && isResult(parsed)) {
            if (!object.has(PANE)) {
                putPane(object, zone);
            }
            return object;
        }
        ObjectNode around = Json.object();
        Json.putBytes(around, "key", identity.key());
        Window window = identity.window();
        if (window != null) {
            around.put("windowStart", window.start().toString())
                    .put("windowEnd", window.end().toString())
                    .put("revision", identity.revision());
            putPane(around, zone);
        }
        if (parsed != null) {
            around.set("value", parsed);
        } else {
            Json.putBytes(around, "value", payload);
        }
        return around;
    }

    private static boolean isResult(@Nullable JsonNode parsed) {
        return parsed != null && parsed.isObject() && parsed.has("key") && parsed.has("value");
    }

    /** The value for people. */
    public String value() {
        JsonNode value = json(null).get("value");
        return value == null ? Text.of(payload) : value.isTextual() ? Text.printable(value.asText()) : value.toString();
    }
}
