package io.tidemill.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.engine.Ledger;

/** The last line of a command for machines. */
public final class Summary {
    private Summary() {}

    public static ObjectNode of(String command) {
        return Json.object("summary").put("command", command);
    }

    /** With the ledger, in records at the source: {@code read} is the sum of the next four. */
    public static ObjectNode of(String command, Ledger ledger) {
        ObjectNode summary = of(command);
        Ledger.Records total = ledger.total();
        putFates(summary, total.read(), total.onTime(), total.late(), total.filtered(), total.deadLettered());
        return summary.put("corrected", ledger.corrected())
                .put("deferred", ledger.deferred())
                .put("uncorrectable", ledger.uncorrectable())
                .put("results", ledger.results());
    }

    public static void putFates(ObjectNode summary, long read, long onTime, long late, long filtered, long dead) {
        summary.put("read", read)
                .put("onTime", onTime)
                .put("late", late)
                .put("filtered", filtered)
                .put("deadLettered", dead);
    }

    /** How long it took, and what a commit survived. */
    public static void putRun(ObjectNode summary, long nanos, String durability) {
        summary.put("seconds", Math.round(nanos / 1e6) / 1e3).put("durability", durability);
    }
}
