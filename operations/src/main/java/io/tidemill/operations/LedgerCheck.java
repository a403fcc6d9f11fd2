package io.tidemill.operations;

import io.tidemill.api.Window;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineStatus;
import io.tidemill.log.Log;
import io.tidemill.log.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Holds what a pipeline says it did against what was recomputed, and against what its topics hold. */
final class LedgerCheck {
    /** Each is a symptom of the same fault more often than a fault of its own. */
    private static final int WINDOWS_TOLD_MAX = 20;

    private final Log log;
    private final Parts parts;
    private final Committed committed;
    private final PipelineStatus status;
    private final Recount recount;
    private final List<String> found = new ArrayList<>();
    private final Differences differences = new Differences(found);

    LedgerCheck(Log log, Parts parts, Committed committed, Recount recount) {
        this.log = log;
        this.parts = parts;
        this.committed = committed;
        this.status = committed.status();
        this.recount = recount;
    }

    /** A sentence for each difference. */
    List<String> run(Tally tally) {
        found.addAll(status.ledger().imbalances());
        status.ledger().sources().forEach(this::checkSource);
        if (parts.windowed() != null) {
            checkWindows();
            checkLate();
        }
        checkDead();
        checkResults(tally);
        return found;
    }

    private void checkSource(TopicPartition partition, Ledger.Records ledger) {
        differences.check(partition, ledger, recount.of(partition));
    }

    /** Not of sessions: which there are depends on the elements on time, and may change with each. */
    private void checkWindows() {
        if (parts.session() != null) {
            return;
        }
        Set<Window> windows = new TreeSet<>(recount.windows().keySet());
        windows.addAll(status.ledger().windows().keySet());
        int before = found.size();
        int untold = 0;
        for (Window window : windows) {
            if (found.size() - before >= WINDOWS_TOLD_MAX) {
                untold++;
            } else if (!committed.isBeyondCorrection(window)) {
                checkWindow(window);
            }
        }
        if (untold > 0) {
            found.add("there may be more: " + untold + " windows were not looked at");
        }
    }

    private void checkWindow(Window window) {
        Ledger.WindowCounts ledger = status.ledger().windows().getOrDefault(window, new Ledger.WindowCounts(0, 0, 0));
        Recount.InWindow again = recount.of(window);
        differences.check("window " + window, "elements on time", ledger.onTime(), again.onTime);
        differences.check("window " + window, "late elements", ledger.late(), again.late);
        if (ledger.corrected() > ledger.late()) {
            found.add("window " + window + ": the ledger counts " + ledger.corrected() + " corrected elements, but "
                    + ledger.late() + " late ones");
        }
    }

    /** Every late record is in the topic of late records, and was corrected, given up, or still waits. */
    private void checkLate() {
        Ledger ledger = status.ledger();
        for (TopicPartition source : ledger.sources().keySet()) {
            TopicPartition late = new TopicPartition(parts.pipeline().lateTopic(), source.partition());
            checkWritten(late.toString(), log.offsets(late).end(), recount.of(source).late, "late records");
        }
        long accounted = ledger.corrected() + ledger.deferred() + ledger.uncorrectable() + status.awaitingCorrection();
        if (accounted < ledger.total().late()) {
            found.add("of " + ledger.total().late() + " late records, only " + accounted
                    + " were corrected, deferred or given up, or still wait");
        }
        if (recount.givenUp() < ledger.uncorrectable()) {
            found.add("the ledger says that " + ledger.uncorrectable() + " late records could not be corrected, but '"
                    + parts.pipeline().deadTopic() + "' holds letters of " + recount.givenUp()
                    + ": whether results rightly lack the others cannot be told");
        }
    }

    private void checkDead() {
        long written = written(parts.pipeline().deadTopic());
        long dead = recount.total().deadLettered;
        Ledger ledger = status.ledger();
        checkWritten(
                "'" + parts.pipeline().deadTopic() + "'",
                written,
                dead + ledger.failedResults() + recount.givenUp(),
                "dead letters");
    }

    private void checkWritten(String where, long written, long expected, String what) {
        if (written < expected) {
            found.add(where + ": " + written + " records were ever written, but there are " + expected + " " + what);
        }
    }

    private void checkResults(Tally tally) {
        Ledger ledger = status.ledger();
        long settled = recount.settledResults;
        long end =
                committed.results().stream().mapToLong(each -> each.scan().to()).sum();
        if (ledger.results() < settled || ledger.results() > end) {
            found.add("'" + parts.to().topic() + "': " + Math.max(settled, end)
                    + " records were ever written, but the ledger" + " counts " + ledger.results() + " results");
        }
        if (tally.failed > ledger.failedResults()) {
            found.add(tally.failed + " results must have failed, but the ledger counts " + ledger.failedResults());
        }
    }

    private long written(String topic) {
        long written = 0;
        int partitions = log.topic(topic)
                .map(described -> described.config().partitions())
                .orElse(0);
        for (int i = 0; i < partitions; i++) {
            written += log.offsets(new TopicPartition(topic, i)).end();
        }
        return written;
    }
}
