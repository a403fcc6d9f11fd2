package io.tidemill.doctor;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts together what the rules say. */
final class Findings {
    private final Judge judge;
    private final Chronicle chronicle;

    Findings(Judge judge) {
        this.judge = judge;
        this.chronicle = judge.chronicle();
    }

    List<Finding> all() {
        List<Finding> findings = new ArrayList<>();
        for (Rule rule : judge.rules()) {
            Finding finding = find(rule);
            if (finding != null) {
                findings.add(finding);
            }
        }
        findings.sort(Comparator.comparing(Finding::severity)
                .thenComparingInt(Finding::rebalances)
                .thenComparingInt(Finding::incidents)
                .reversed());
        return List.copyOf(findings);
    }

    private @Nullable Finding find(Rule rule) {
        Cases cases = cases(rule.cause());
        boolean beside = cases.rebalances() == 0
                && (rule.cause() == Cause.UNKNOWN || rule.cause().severity() == Severity.BENIGN);
        if (cases.count() == 0 || beside) {
            Report now = rule.now(chronicle);
            return now == null ? unexplained(rule, cases) : now(rule.cause(), now);
        }
        return past(rule, cases);
    }

    /** Rebalances without any trigger. */
    private static @Nullable Finding unexplained(Rule rule, Cases cases) {
        return rule.cause() == Cause.UNKNOWN && cases.rebalances() > 0
                ? finding(Cause.UNKNOWN, rule.report(cases), Confidence.LOW, cases, List.of())
                : null;
    }

    private Cases cases(Cause cause) {
        int rebalances = 0;
        for (int i = 0; i < chronicle.entries().size(); i++) {
            boolean counts = Chronicle.isRebalance(chronicle.entries().get(i));
            rebalances += counts && judge.ofEntry(i).cause() == cause ? 1 : 0;
        }
        List<Event> incidents = chronicle.events().stream()
                .filter(each ->
                        judge.of(each).cause() == cause && !judge.of(each).follows())
                .toList();
        return new Cases(chronicle, incidents, rebalances);
    }

    private Finding now(Cause cause, Report report) {
        Confidence confidence = chronicle.isPolled() ? Confidence.MEDIUM : Confidence.HIGH;
        return finding(cause, report, confidence, new Cases(chronicle, List.of(), 0), List.of());
    }

    private Finding past(Rule rule, Cases cases) {
        Report report = rule.report(cases);
        List<String> evidence = new ArrayList<>(report.evidence());
        String storms = Storms.begunBy(rule.cause(), judge).line();
        if (storms != null) {
            evidence.add(storms);
        }
        SettingChange change = SettingChange.of(cases, rule.cause());
        boolean mended = change != null && change.helped(cases);
        if (change != null) {
            evidence.add(change.line() + (mended ? ": it helped" : ""));
        }
        Report whole = new Report(
                mended ? Severity.NOTICE : report.severity(),
                report.summary(),
                evidence,
                mended ? null : report.remedy());
        return finding(rule.cause(), whole, confidence(cases), cases, Alternatives.of(rule.cause(), cases));
    }

    private Confidence confidence(Cases cases) {
        double mean = cases.incidents().stream()
                .mapToDouble(each -> judge.of(each).score())
                .average()
                .orElse(0);
        Confidence confidence = Confidence.of(mean);
        return chronicle.isPolled() && confidence == Confidence.HIGH ? Confidence.MEDIUM : confidence;
    }

    private static Finding finding(
            Cause cause, Report report, Confidence confidence, Cases cases, List<Cause> alternatives) {
        return new Finding(
                cause,
                report.severity(),
                confidence,
                cases.rebalances(),
                cases.count(),
                cases.count() == 0 ? null : Instant.ofEpochMilli(cases.firstAt()),
                cases.count() == 0 ? null : Instant.ofEpochMilli(cases.lastAt()),
                Words.sentence(report.summary()),
                List.copyOf(report.evidence()),
                report.remedy(),
                alternatives,
                cases.offenders());
    }
}
