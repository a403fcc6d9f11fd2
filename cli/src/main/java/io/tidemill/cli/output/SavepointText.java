package io.tidemill.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.engine.savepoint.SampleEntry;
import io.tidemill.engine.savepoint.SavepointHeader;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.engine.savepoint.SavepointSection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a savepoint says of itself. */
public final class SavepointText {
    private final SavepointInfo info;

    public SavepointText(SavepointInfo info) {
        this.info = info;
    }

    /** For people. */
    public List<String> lines() {
        SavepointHeader header = info.header();
        List<String> lines = new ArrayList<>();
        lines.add("Savepoint " + info.file() + ", format version " + header.version() + ", " + Text.bytes(info.bytes())
                + "; id " + header.id());
        lines.add("of pipeline '" + header.pipeline() + "', taken at " + header.createdAt() + " by code version "
                + header.codeVersion());
        header.settings().forEach((key, value) -> lines.add(key + " " + value));
        for (SavepointHeader.Source source : header.sources()) {
            lines.add("reads topic '" + source.topic() + "', id " + source.id());
            source.settings().forEach((key, value) -> lines.add("  " + key + ": " + Text.printable(value)));
        }
        lines.add(partitions().toString());
        for (SavepointSection section : info.sections()) {
            lines.add(line(section));
            section.properties().forEach((key, value) -> lines.add("  " + key + ": " + Text.printable(value)));
        }
        return lines;
    }

    private Table partitions() {
        Table table = new Table()
                .text("topic")
                .number("partition")
                .number("next offset")
                .text("watermark")
                .text("idle");
        for (SavepointHeader.Source source : info.header().sources()) {
            for (int i = 0; i < source.partitions().size(); i++) {
                SavepointHeader.Partition each = source.partitions().get(i);
                table.row(
                        source.topic(),
                        (long) i,
                        each.offset(),
                        each.timed() ? Instant.ofEpochMilli(each.watermarkMillis()) : "none",
                        each.idle() ? "yes" : "no");
            }
        }
        return table;
    }

    private static String line(SavepointSection section) {
        String what = switch (section.kind()) {
            case PIPELINE -> "pipeline";
            case OPERATOR ->
                "operator '" + section.name() + "'"
                        + (section.operatorKind().isEmpty() ? "" : " (" + section.operatorKind() + ")");
            case LATE -> "late records that await correction";
        };
        StringBuilder kinds = new StringBuilder();
        section.kinds()
                .forEach((kind, count) -> kinds.append(kinds.isEmpty() ? ": " : ", ")
                        .append(Text.count(count))
                        .append(' ')
                        .append(name(kind, section.kind())));
        return what + ": " + Text.count(section.entries(), "entry", "entries") + ", " + Text.bytes(section.bytes())
                + kinds;
    }

    private static String name(char kind, SavepointSection.Kind section) {
        return switch (kind) {
            case 'C' -> "cursor";
            case 'L' -> "lateness";
            case 'a' -> "open";
            case 's' -> "in slices";
            case 'd' -> "deferred";
            case 'k' -> "closed";
            case 'w' -> "windows";
            case 'c' -> "in sessions";
            case 'e' -> "closed sessions";
            case 'p' -> "waiting";
            case 'v' -> "states";
            case 't' -> "timers";
            case 'r' -> section == SavepointSection.Kind.LATE ? "records" : "results of sessions";
            default -> "of kind " + kind;
        };
    }

    /** For machines. */
    public ObjectNode json() {
        SavepointHeader header = info.header();
        ObjectNode json = Json.object("savepoint")
                .put("file", info.file())
                .put("bytes", info.bytes())
                .put("version", header.version())
                .put("id", header.id().toString())
                .put("pipeline", header.pipeline())
                .put("createdAt", header.createdAt().toString())
                .put("codeVersion", header.codeVersion());
        ObjectNode settings = json.putObject("settings");
        header.settings().forEach(settings::put);
        header.sources().forEach(each -> put(json.withArray("sources").addObject(), each));
        for (SavepointSection each : info.sections()) {
            ObjectNode section = json.withArray("sections")
                    .addObject()
                    .put("kind", each.kind().name())
                    .put("name", each.name())
                    .put("operatorKind", each.operatorKind())
                    .put("entries", each.entries())
                    .put("bytes", each.bytes());
            ObjectNode properties = section.putObject("properties");
            each.properties().forEach(properties::put);
            ObjectNode kinds = section.putObject("kinds");
            for (Map.Entry<Character, Long> kind : each.kinds().entrySet()) {
                kinds.put(String.valueOf(kind.getKey()), kind.getValue());
            }
        }
        return json;
    }

    private static void put(ObjectNode json, SavepointHeader.Source source) {
        json.put("topic", source.topic()).put("id", source.id().toString());
        ObjectNode settings = json.putObject("settings");
        source.settings().forEach(settings::put);
        for (SavepointHeader.Partition each : source.partitions()) {
            ObjectNode partition = json.withArray("partitions").addObject().put("offset", each.offset());
            if (each.timed()) {
                partition.put(
                        "watermark",
                        Instant.ofEpochMilli(each.watermarkMillis()).toString());
            }
            partition.put("idle", each.idle());
        }
    }

    /** Entries as the code sees them. */
    public static String table(List<SampleEntry> samples) {
        Table table = new Table()
                .text("operator")
                .text("kind")
                .text("window")
                .text("key")
                .number("elements")
                .text("result");
        samples.forEach(each -> table.row(
                each.operator(),
                name(each.kind(), SavepointSection.Kind.OPERATOR),
                each.window(),
                Text.printable(each.key()),
                each.elements(),
                Text.printable(each.result())));
        return table.toString();
    }

    public static ObjectNode json(SampleEntry each) {
        return Json.object("entry")
                .put("operator", each.operator())
                .put("kind", String.valueOf(each.kind()))
                .put("window", each.window())
                .put("key", each.key())
                .put("elements", each.elements())
                .put("result", each.result());
    }
}
