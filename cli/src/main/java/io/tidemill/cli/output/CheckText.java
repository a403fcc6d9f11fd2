package io.tidemill.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.engine.savepoint.CheckReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What would become of a savepoint. */
public final class CheckText {
    private final CheckReport report;

    public CheckText(CheckReport report) {
        this.report = report;
    }

    /** For people. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("Savepoint " + report.savepoint().file() + " against pipeline '" + report.pipeline() + "'");
        report.sources().stream()
                .filter(each -> each.fate() != CheckReport.Fate.KEPT)
                .forEach(each -> lines.add("topic '" + each.topic() + "': " + word(each.fate())));
        if (!report.operators().isEmpty()) {
            Table table = new Table()
                    .text("operator")
                    .text("becomes")
                    .text("in the code")
                    .number("entries");
            report.operators().forEach(each -> table.row(each.name(), word(each.fate()), each.now(), each.entries()));
            lines.add(table.toString());
        }
        report.changes().forEach(each -> lines.add("changed: " + each));
        report.warnings().forEach(each -> lines.add("WARNING: " + each));
        report.refusals().forEach(each -> lines.add("REFUSED: " + each));
        lines.add(Text.count(report.decoded(), "entry", "entries") + " decoded with the code, "
                + Text.count(report.failures().size()) + (report.failures().size() < 100 ? "" : " or more")
                + " failed");
        report.failures()
                .forEach(each -> lines.add("  '" + each.operator() + "' key " + Text.printable(each.key()) + " "
                        + each.window() + ": " + Text.printable(each.error())));
        lines.add(report.isRestorable() ? "It can be restored." : "It cannot be restored so.");
        return lines;
    }

    private static String word(CheckReport.Fate fate) {
        return fate.name().toLowerCase(Locale.ROOT);
    }

    /** For machines. */
    public ObjectNode json() {
        ObjectNode json = Json.object("check")
                .put("file", report.savepoint().file())
                .put("pipeline", report.pipeline())
                .put("restorable", report.isRestorable())
                .put("decoded", report.decoded());
        json.putArray("sources");
        report.sources()
                .forEach(each -> json.withArray("sources")
                        .addObject()
                        .put("fate", word(each.fate()))
                        .put("topic", each.topic()));
        json.putArray("operators");
        report.operators()
                .forEach(each -> json.withArray("operators")
                        .addObject()
                        .put("fate", word(each.fate()))
                        .put("name", each.name())
                        .put("now", each.now())
                        .put("entries", each.entries()));
        put(json, "changes", report.changes());
        put(json, "warnings", report.warnings());
        put(json, "refusals", report.refusals());
        json.putArray("failures");
        report.failures()
                .forEach(each -> json.withArray("failures")
                        .addObject()
                        .put("operator", each.operator())
                        .put("kind", String.valueOf(each.kind()))
                        .put("window", each.window())
                        .put("key", each.key())
                        .put("error", each.error()));
        return json;
    }

    private static void put(ObjectNode json, String name, List<String> sentences) {
        json.putArray(name);
        sentences.forEach(each -> json.withArray(name).add(each));
    }
}
