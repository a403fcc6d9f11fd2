package io.tidemill.cli.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Window;
import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.Text;
import io.tidemill.engine.ResultKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The newest revision of a result. */
public record StoredResult(ResultKey identity, byte[] payload) implements Comparable<StoredResult> {
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

    /** As one line of JSON: the payload as it is if it is an object of {@code Json.results()}; else one made around it. */
    public String line() {
        JsonNode parsed = Json.parse(payload);
        boolean oneLine = true;
        for (byte each : payload) {
            oneLine &= each != '\n' && each != '\r';
        }
        return isResult(parsed) && oneLine ? new String(payload, StandardCharsets.UTF_8) : Json.text(json(parsed));
    }

    /** As one object; see {@link #line}. */
    public ObjectNode json() {
        return json(Json.parse(payload));
    }

    private ObjectNode json(@Nullable JsonNode parsed) {
        if (parsed instanceof ObjectNode object && isResult(parsed)) {
            return object;
        }
        ObjectNode around = Json.object();
        Json.putBytes(around, "key", identity.key());
        Window window = identity.window();
        if (window != null) {
            around.put("windowStart", window.start().toString())
                    .put("windowEnd", window.end().toString())
                    .put("revision", identity.revision());
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
        JsonNode value = json().get("value");
        return value == null ? Text.of(payload) : value.isTextual() ? Text.printable(value.asText()) : value.toString();
    }
}
