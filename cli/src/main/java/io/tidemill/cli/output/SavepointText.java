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
        lines.add("reads topic '" + header.source() + "', id " + header.sourceId()
                + (header.closedUpToMillis() == Long.MIN_VALUE
                        ? ""
                        : "; windows up to " + Instant.ofEpochMilli(header.closedUpToMillis()) + " have closed"));
        header.settings().forEach((key, value) -> lines.add(key + " " + value));
        lines.add(partitions().toString());
        for (SavepointSection section : info.sections()) {
            lines.add(line(section));
            section.properties().forEach((key, value) -> lines.add("  " + key + ": " + Text.printable(value)));
        }
        return lines;
    }

    private Table partitions() {
        Table table = new Table()
                .number("partition")
                .number("next offset")
                .text("watermark")
                .text("idle");
        List<SavepointHeader.Partition> partitions = info.header().partitions();
        for (int i = 0; i < partitions.size(); i++) {
            SavepointHeader.Partition each = partitions.get(i);
            table.row(
                    (long) i,
                    each.offset(),
                    each.timed() ? Instant.ofEpochMilli(each.watermarkMillis()) : "none",
                    each.idle() ? "yes" : "no");
        }
        return table;
    }

    private static String line(SavepointSection section) {
        String what = switch (section.kind()) {
            case PIPELINE -> "pipeline";
            case OPERATOR -> "operator '" + section.name() + "' (" + section.operatorKind() + ")";
            case LATE -> "late records that await correction";
        };
        StringBuilder kinds = new StringBuilder();
        section.kinds()
                .forEach((kind, count) -> kinds.append(kinds.isEmpty() ? ": " : ", ")
                        .append(Text.count(count))
                        .append(' ')
                        .append(name(kind)));
        return what + ": " + Text.count(section.entries(), "entry", "entries") + ", " + Text.bytes(section.bytes())
                + kinds;
    }

    private static String name(char kind) {
        return switch (kind) {
            case 'C' -> "cursor";
            case 'L' -> "lateness";
            case 'a' -> "open";
            case 's' -> "in slices";
            case 'd' -> "deferred";
            case 'k' -> "closed";
            case 'w' -> "windows";
            case 'r' -> "records";
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
                .put("codeVersion", header.codeVersion())
                .put("source", header.source())
                .put("sourceId", header.sourceId().toString());
        ObjectNode settings = json.putObject("settings");
        header.settings().forEach(settings::put);
        for (SavepointHeader.Partition each : header.partitions()) {
            ObjectNode partition = json.withArray("partitions").addObject().put("offset", each.offset());
            if (each.timed()) {
                partition.put(
                        "watermark",
                        Instant.ofEpochMilli(each.watermarkMillis()).toString());
            }
            partition.put("idle", each.idle());
        }
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
                name(each.kind()),
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
