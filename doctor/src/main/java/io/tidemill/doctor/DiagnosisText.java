package io.tidemill.doctor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A diagnosis as a person reads it: verdict, evidence, what it is not, what to do, what that costs. */
final class DiagnosisText {
    private static final int COLUMNS_MIN = 40;
    private static final int TIMELINE_SHOWN = 10;

    private final Diagnosis diagnosis;
    private final int columnsMax;
    private final List<String> lines = new ArrayList<>();

    DiagnosisText(Diagnosis diagnosis, int columnsMax) {
        this.diagnosis = diagnosis;
        this.columnsMax = Math.max(COLUMNS_MIN, columnsMax);
    }

    List<String> lines() {
        verdict();
        List<Finding> findings = diagnosis.findings();
        for (int i = 0; i < findings.size(); i++) {
            finding(findings.get(i), i == 0);
        }
        notCauses();
        if (diagnosis.offenders().size() > 1) {
            add("Repeat offenders: ", clients(diagnosis.offenders()));
        }
        timeline();
        diagnosis.notes().forEach(each -> add("Note: ", each));
        return List.copyOf(lines);
    }

    private void verdict() {
        String group = Words.name(diagnosis.group());
        Severity worst = diagnosis.findings().isEmpty()
                ? Severity.BENIGN
                : diagnosis.findings().get(0).severity();
        String verdict = switch (worst) {
            case BENIGN -> "nothing wrong.";
            case NOTICE ->
                "nothing broken; " + diagnosis.findings().get(0).cause().label() + ".";
            case PROBLEM -> diagnosis.findings().get(0).cause().label() + ".";
        };
        add("", group + ": " + verdict);
        add("", pace());
    }

    private String pace() {
        String window = " in the last "
                + Words.duration(Duration.between(diagnosis.from(), diagnosis.to()))
                + " (until " + Words.time(diagnosis.to()) + " UTC)";
        Diagnosis.Pace pace = diagnosis.pace();
        if (pace == null) {
            return "No rebalance" + window + ".";
        }
        if (diagnosis.source() == Observations.Source.POLLED) {
            String apart = pace.every() == null ? "" : ": every " + Words.duration(pace.every());
            return "It rebalanced at least " + Words.times(diagnosis.rebalances()) + window + apart + ".";
        }
        String every = pace.every() == null ? "" : "every " + Words.duration(pace.every()) + ", ";
        return "It rebalanced " + Words.times(diagnosis.rebalances()) + window + ": " + every + "median pause "
                + Words.duration(pace.medianPause()) + ", " + (pace.stopsAll() ? "" : "at most ")
                + Words.percent(pace.lostShare()) + " of consuming time lost.";
    }

    private void finding(Finding finding, boolean first) {
        if (finding.severity() == Severity.BENIGN) {
            add("Benign: ", share(finding) + finding.summary());
            return;
        }
        add(first ? "Cause: " : "Also: ", finding.cause().label() + " (" + sure(finding) + "). " + finding.summary());
        finding.evidence().forEach(each -> add("  Evidence: ", each));
        if (finding.offenders().size() > 1) {
            add("  Who: ", clients(finding.offenders()));
        }
        if (!finding.alternatives().isEmpty()) {
            add("  Looks the same from here: ", labels(finding.alternatives()));
        }
        remedy(finding.remedy());
    }

    private String share(Finding finding) {
        return finding.rebalances() + " of " + diagnosis.rebalances() + ". ";
    }

    private String sure(Finding finding) {
        String confidence = finding.confidence().text() + " confidence";
        return finding.rebalances() == 0
                ? confidence
                : confidence + ", " + finding.rebalances() + " of " + diagnosis.rebalances();
    }

    private void remedy(@Nullable Remedy remedy) {
        if (remedy == null) {
            return;
        }
        add("  Do: ", Words.sentence(remedy.change()));
        if (remedy.alternative() != null) {
            add("  Or: ", Words.sentence(remedy.alternative()));
        }
        add("  Cost: ", Words.sentence(remedy.cost()));
    }

    private static String labels(List<Cause> causes) {
        return causes.stream().map(Cause::label).collect(Collectors.joining("; "));
    }

    private static String clients(List<Offender> offenders) {
        return Words.list(offenders.stream()
                .map(each -> each.client() + " " + Words.times(each.incidents()))
                .toList());
    }

    private void notCauses() {
        if (diagnosis.rebalances() > 0 && !diagnosis.ruledOut().isEmpty()) {
            add(
                    "Not the cause: ",
                    diagnosis.ruledOut().stream().map(Diagnosis.RuledOut::seen).collect(Collectors.joining("; "))
                            + ".");
        }
    }

    private void timeline() {
        List<Diagnosis.Moment> all = diagnosis.timeline();
        List<Diagnosis.Moment> shown = all.subList(Math.max(0, all.size() - TIMELINE_SHOWN), all.size());
        if (shown.isEmpty()) {
            return;
        }
        add(
                "",
                "Timeline (UTC"
                        + (shown.size() < diagnosis.rebalances()
                                ? ", the last " + shown.size() + " of " + diagnosis.rebalances()
                                : "")
                        + "):");
        shown.forEach(each -> add("  ", moment(each)));
    }

    private static String moment(Diagnosis.Moment moment) {
        String benign = moment.severity() == Severity.BENIGN ? " (benign)" : "";
        return Words.time(moment.at()) + "  " + moment.generationBefore() + " → " + moment.generationAfter() + "  "
                + Words.duration(moment.duration()) + "  " + moment.cause().label() + benign
                + (moment.who() == null ? "" : "  " + moment.who());
    }

    /** Wraps at spaces; further lines are indented. */
    private void add(String head, String text) {
        String indent = " ".repeat(Math.min(head.length() - head.stripLeading().length() + 2, 8));
        StringBuilder line = new StringBuilder(head);
        boolean empty = true;
        for (String word : plain(text).split(" ", -1)) {
            if (!empty && line.length() + 1 + word.length() > columnsMax) {
                lines.add(line.toString());
                line = new StringBuilder(indent);
                empty = true;
            }
            line.append(empty ? "" : " ").append(word);
            empty = false;
            line = cutLong(line, indent);
        }
        lines.add(line.toString());
    }

    private StringBuilder cutLong(StringBuilder line, String indent) {
        StringBuilder rest = line;
        while (rest.length() > columnsMax) {
            lines.add(rest.substring(0, columnsMax));
            rest = new StringBuilder(indent).append(rest.substring(columnsMax));
        }
        return rest;
    }

    /** A second fence: names were made plain when they were read. */
    private static String plain(String text) {
        return text.chars().noneMatch(Character::isISOControl)
                ? text
                : text.codePoints()
                        .map(each -> Character.isISOControl(each) ? '?' : each)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }
}
