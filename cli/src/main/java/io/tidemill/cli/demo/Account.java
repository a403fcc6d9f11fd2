package io.tidemill.cli.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Pipeline;
import io.tidemill.cli.output.AuditText;
import io.tidemill.cli.output.LedgerTable;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Summary;
import io.tidemill.cli.output.Text;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.Ledger;
import io.tidemill.operations.AuditReport;

/** What a pipeline has to show in the end: its ledger, its correction, its audit. */
record Account(Pipeline pipeline, CorrectionSummary correction, AuditReport audit) {
    Ledger ledger() {
        return correction.ledger();
    }

    boolean balances() {
        return ledger().imbalances().isEmpty() && audit.imbalances().isEmpty();
    }

    /** Whether every late record was folded in or, where that was impossible, told. */
    boolean isCorrected() {
        return ledger().total().late() == ledger().corrected() + ledger().uncorrectable();
    }

    boolean isFine() {
        return balances() && isCorrected() && audit.isClean();
    }

    void tell(Output output) {
        Ledger ledger = ledger();
        Ledger.Records total = ledger.total();
        output.say("The ledger: what became of every record that was read.");
        output.say("");
        output.say(LedgerTable.of(ledger));
        output.say("");
        long fates = total.onTime() + total.late() + total.filtered() + total.deadLettered();
        output.say((balances() ? "It adds up: " : "IT DOES NOT ADD UP: ") + Text.count(total.read()) + " read, "
                + Text.count(fates) + " accounted for.");
        ledger.imbalances().forEach(output::say);
        output.say((isCorrected() ? "Late: " : "NOT ALL CORRECTED: ")
                + Text.count(total.late(), "record") + " (" + Text.percent(total.late(), total.read()) + "), of which "
                + Text.count(ledger.corrected()) + " were folded in afterwards and "
                + Text.count(ledger.uncorrectable()) + " could not be; "
                + Text.count(correction.results(), "result") + " got a new revision.");
        output.say("Audit " + new AuditText(audit, null).verdict() + ".");
    }

    void put(ObjectNode summary) {
        summary.put("pipeline", pipeline.name());
        Ledger.Records total = ledger().total();
        Summary.putFates(summary, total.read(), total.onTime(), total.late(), total.filtered(), total.deadLettered());
        summary.put("corrected", ledger().corrected())
                .put("deferred", ledger().deferred())
                .put("uncorrectable", ledger().uncorrectable())
                .put("correctedResults", correction.results())
                .put("resultsWritten", ledger().results())
                .put("results", audit.results())
                .put("mismatches", audit.mismatches())
                .put("balanced", balances())
                .put("auditClean", audit.isClean());
    }
}
