package io.tidemill.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Window;
import io.tidemill.operations.AuditReport;
import io.tidemill.operations.Mismatch;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an audit found, in words and as objects. */
public final class AuditText {
    private final AuditReport report;
    private final @Nullable ZoneId zone;

    /** @param zone in which windows are shown beside UTC; null for none */
    public AuditText(AuditReport report, @Nullable ZoneId zone) {
        this.report = report;
        this.zone = zone;
    }

    /** The verdict in one sentence. */
    public String verdict() {
        if (report.isClean() && isNothingCompared()) {
            return "without a verdict on results: none was compared; the ledger adds up";
        } else if (report.isClean()) {
            return "equal: all " + Text.count(report.results(), "result")
                    + " are what one batch over the source gives, and the ledger adds up";
        }
        return "NOT EQUAL: " + Text.count(report.mismatches()) + " of " + Text.count(report.results(), "result")
                + " differ from what one batch over the source gives, "
                + (report.awaitingCorrection() == 0
                        ? "none of them"
                        : Text.count(report.awaitingCorrection()) + " of them")
                + " because late records await 'tidemill correct'; the ledger "
                + (report.imbalances().isEmpty() ? "adds up" : "does not add up");
    }

    /** Where there are results, but none that could be recomputed. */
    private boolean isNothingCompared() {
        return report.results() == 0 && !report.notCompared().isEmpty();
    }

    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("Audit " + verdict() + ".");
        lines.add(Text.count(report.read(), "record") + " read = " + Text.count(report.onTime()) + " on time + "
                + Text.count(report.late()) + " late + " + Text.count(report.filtered()) + " filtered + "
                + Text.count(report.deadLettered()) + " dead-lettered, recomputed.");
        if (report.open() > 0) {
            lines.add(Text.count(report.open(), "result") + " not compared, since their windows are still open.");
        }
        if (!report.notCompared().isEmpty()) {
            lines.add(
                    "Not recomputed (joins, operators that keep elements, or several operators that keep state): the results"
                            + " in " + String.join(", ", report.notCompared())
                            + ". What came to them is checked with every commit.");
        }
        report.imbalances().forEach(each -> lines.add("  " + Text.printable(each)));
        if (!report.examples().isEmpty()) {
            lines.add(table(report.examples()));
        }
        return lines;
    }

    private String table(List<Mismatch> mismatches) {
        Table table = new Table().text("key").text("window");
        if (zone != null) {
            table.text("in " + zone.getId());
        }
        table.text("expected").text("found").text("why");
        for (Mismatch each : mismatches) {
            List<Object> cells = new ArrayList<>();
            cells.add(Text.printable(each.key()));
            Window window = each.window();
            cells.add(window == null ? "" : Text.window(window));
            if (zone != null) {
                cells.add(window == null ? "" : Text.window(window, zone));
            }
            cells.add(Text.printable(each.expected()));
            cells.add(Text.printable(each.actual()));
            cells.add(each.why());
            table.row(cells.toArray());
        }
        return table.toString();
    }

    /** An object per imbalance and per example of a mismatch. */
    public List<ObjectNode> objects() {
        List<ObjectNode> objects = new ArrayList<>();
        report.imbalances().forEach(each -> objects.add(Json.object("imbalance").put("text", each)));
        for (Mismatch each : report.examples()) {
            ObjectNode object = Json.object("mismatch").put("key", each.key());
            Window window = each.window();
            if (window != null) {
                LocalTime.put(object, window, zone);
            }
            objects.add(object.put("expected", each.expected())
                    .put("actual", each.actual())
                    .put("why", each.why()));
        }
        return objects;
    }

    /** Adds the audit's numbers to a summary. */
    public void put(ObjectNode summary) {
        Summary.putFates(
                summary, report.read(), report.onTime(), report.late(), report.filtered(), report.deadLettered());
        summary.put("results", report.results())
                .put("mismatches", report.mismatches())
                .put("awaitingCorrection", report.awaitingCorrection())
                .put("open", report.open())
                .put("imbalances", report.imbalances().size())
                .put("clean", report.isClean());
        report.notCompared().forEach(summary.withArray("notCompared")::add);
    }
}
