package io.tidemill.cli.records;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.Header;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Window;
import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.LocalTime;
import io.tidemill.cli.output.Text;
import io.tidemill.engine.ResultKey;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A record as {@code tail} shows it; envelopes of late records, dead letters and results are opened. */
public final class TailedRecord {
    private static final String LATE_HEADER = "tidemill.late";
    private static final String DEAD_HEADER = "tidemill.class";
    private static final String WINDOW_HEADER = "tidemill.window";
    private static final int WINDOWS_SHOWN_MAX = 5;
    private static final int WINDOWS_LISTED_MAX = 1_000;

    private final TopicPartition partition;
    private final long offset;
    private final long timestampMillis;
    private final byte @Nullable [] key;
    private final byte @Nullable [] value;
    private final @Nullable LateRecord late;
    private final @Nullable DeadLetter dead;
    private final @Nullable ResultKey result;

    /** Those of the user, without an envelope's. */
    private final List<Header> headers;

    private TailedRecord(TopicPartition partition, RecordCursor record) {
        this.partition = partition;
        offset = record.offset();
        timestampMillis = record.timestampMillis();
        key = record.key();
        value = record.value();
        List<Header> all = record.headers();
        late = has(all, LATE_HEADER) ? late(key, value, all) : null;
        dead = has(all, DEAD_HEADER) ? dead(key, value, all) : null;
        // A dead letter may be that of a result, whose headers are then among the original ones.
        result = dead == null && late == null && has(all, WINDOW_HEADER) ? result(key, all) : null;
        headers = late != null ? late.headers() : dead != null ? dead.headers() : result != null ? List.of() : all;
    }

    /** The record that {@code record} is at. */
    public static TailedRecord of(TopicPartition partition, RecordCursor record) {
        return new TailedRecord(partition, record);
    }

    private static boolean has(List<Header> headers, String name) {
        return headers.stream().anyMatch(header -> header.name().equals(name));
    }

    // Headers of these names may be somebody else's: what does not read as an envelope is shown as it is.

    private static @Nullable LateRecord late(byte @Nullable [] key, byte @Nullable [] value, List<Header> all) {
        try {
            return LateRecord.of(key, value, all);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable DeadLetter dead(byte @Nullable [] key, byte @Nullable [] value, List<Header> all) {
        try {
            return DeadLetter.of(key, value, all);
        } catch (IllegalArgumentException | DateTimeException e) {
            return null;
        }
    }

    private static @Nullable ResultKey result(byte @Nullable [] key, List<Header> all) {
        try {
            return ResultKey.of(key, all);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    // ---- for people ----

    public List<String> lines(@Nullable ZoneId zone) {
        List<String> lines = new ArrayList<>();
        StringBuilder first = new StringBuilder();
        first.append(partition.partition()).append('@').append(offset).append("  ");
        first.append(timestampMillis < 0 ? "no timestamp" : Instant.ofEpochMilli(timestampMillis));
        first.append("  ").append(Text.of(result == null ? key : result.key()));
        if (result != null) {
            Window window = result.window();
            first.append("  ").append(window == null ? "" : Text.windowIn(zone, window));
            first.append(pane(result));
        }
        first.append("  ").append(result != null && value == null ? "taken back" : Text.of(value));
        lines.add(first.toString());
        if (late != null) {
            addLate(late, zone, lines);
        }
        if (dead != null) {
            addDead(dead, lines);
        }
        for (Header header : headers) {
            lines.add("    header " + Text.printable(header.name()) + ": " + Text.of(header.value()));
        }
        return lines;
    }

    private static String pane(ResultKey result) {
        return switch (result.pane()) {
            case EARLY -> " early";
            case FINAL -> " revision " + result.revision();
            case UPDATE -> " revision " + result.revision() + " (update)";
            case CORRECTION -> " revision " + result.revision() + " (correction)";
        };
    }

    private static void addLate(LateRecord late, @Nullable ZoneId zone, List<String> lines) {
        Map<Window, LateRecord.Missed> byWindow = byWindow(late);
        byWindow.values().stream()
                .limit(WINDOWS_SHOWN_MAX)
                .forEach(missed -> lines.add("    late for " + Text.windowIn(zone, missed.window()) + " by "
                        + Text.duration(Duration.ofMillis(missed.byMillis())) + "; read from " + place(late.origin())));
        if (byWindow.size() > WINDOWS_SHOWN_MAX) {
            lines.add("    … and " + Text.count(byWindow.size() - WINDOWS_SHOWN_MAX, "other window"));
        }
    }

    /** One of the missed elements for each window: a record may become as many as 100,000. */
    private static Map<Window, LateRecord.Missed> byWindow(LateRecord late) {
        Map<Window, LateRecord.Missed> byWindow = new TreeMap<>();
        late.missed().forEach(missed -> byWindow.putIfAbsent(missed.window(), missed));
        return byWindow;
    }

    private static void addDead(DeadLetter dead, List<String> lines) {
        lines.add("    dead: " + dead.failureClass() + " " + Text.printable(dead.reason()) + " at '"
                + Text.printable(dead.operator()) + "': " + Text.printable(dead.errorMessage()));
        lines.add("    read from " + place(dead.origin()) + "; tried " + Text.count(dead.attempts(), "time") + ", last "
                + dead.lastFailure() + "; fingerprint " + Text.printable(dead.fingerprint()));
    }

    private static String place(DeadLetter.Origin origin) {
        return Text.printable(origin.topic()) + " " + origin.partition() + "@" + origin.offset();
    }

    // ---- for machines ----

    public ObjectNode json(@Nullable ZoneId zone) {
        ObjectNode json = Json.object("record")
                .put("topic", partition.topic())
                .put("partition", partition.partition())
                .put("offset", offset)
                .put(
                        "timestamp",
                        timestampMillis < 0
                                ? null
                                : Instant.ofEpochMilli(timestampMillis).toString());
        Json.putBytes(json, "key", key);
        json.set("headers", headersJson());
        Json.putBytes(json, "value", value);
        if (late != null) {
            json.set("late", lateJson(late, zone));
        }
        if (dead != null) {
            json.set("dead", deadJson(dead));
        }
        if (result != null) {
            json.set("result", resultJson(result, zone));
        }
        return json;
    }

    private ArrayNode headersJson() {
        ArrayNode array = Json.array();
        for (Header header : headers) {
            ObjectNode object = Json.object().put("name", header.name());
            Json.putBytes(object, "value", header.value());
            array.add(object);
        }
        return array;
    }

    private static ObjectNode originJson(DeadLetter.Origin origin) {
        return Json.object()
                .put("topic", origin.topic())
                .put("partition", origin.partition())
                .put("offset", origin.offset())
                .put("timestampMillis", origin.timestampMillis());
    }

    private static ObjectNode lateJson(LateRecord late, @Nullable ZoneId zone) {
        ObjectNode json = Json.object().put("pipeline", late.pipeline());
        json.set("origin", originJson(late.origin()));
        json.put("missedElements", late.missed().size());
        ArrayNode windows = json.putArray("windows");
        byWindow(late).values().stream()
                .limit(WINDOWS_LISTED_MAX)
                .forEach(each ->
                        LocalTime.put(windows.addObject(), each.window(), zone).put("byMillis", each.byMillis()));
        return json;
    }

    private static ObjectNode deadJson(DeadLetter dead) {
        ObjectNode json = Json.object()
                .put(
                        dead.reader().kind().name().toLowerCase(Locale.ROOT),
                        dead.reader().name());
        json.set("origin", originJson(dead.origin()));
        return json.put("phase", dead.phase().name())
                .put("operator", dead.operator())
                .put("class", dead.failureClass().name())
                .put("rule", dead.rule())
                .put("reason", dead.reason())
                .put("errorType", dead.errorType())
                .put("errorMessage", dead.errorMessage())
                .put("stackTrace", dead.stackTrace())
                .put("fingerprint", dead.fingerprint())
                .put("attempts", dead.attempts())
                .put("firstFailure", dead.firstFailure().toString())
                .put("lastFailure", dead.lastFailure().toString())
                .put("codeVersion", dead.codeVersion());
    }

    private ObjectNode resultJson(ResultKey result, @Nullable ZoneId zone) {
        ObjectNode json = Json.object();
        Json.putBytes(json, "key", result.key());
        if (result.window() != null) {
            LocalTime.put(json, result.window(), zone);
        }
        return json.put("revision", result.revision())
                .put("pane", result.pane().name())
                .put("correction", result.correction())
                .put("takenBack", value == null);
    }
}
