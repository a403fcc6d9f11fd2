package io.tidemill.doctor;

import io.tidemill.groups.GroupType;
import io.tidemill.groups.Rebalance;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells why a group rebalances. A pure function of what was observed; never throws for what entries hold. */
public final class RebalanceDoctor {
    private static final int OFFENDERS_MAX = 20;

    private final Observations observations;
    private final Chronicle chronicle;
    private final Judge judge;

    private RebalanceDoctor(Observations observations) {
        this.observations = observations;
        this.chronicle = new Chronicle(observations);
        this.judge = new Judge(chronicle);
    }

    public static Diagnosis diagnose(Observations observations) {
        return new RebalanceDoctor(observations).diagnose();
    }

    private Diagnosis diagnose() {
        List<Finding> findings = new Findings(judge).all();
        return new Diagnosis(
                observations.group(),
                observations.source(),
                observations.from(),
                observations.to(),
                chronicle.rebalances(),
                pace(),
                findings,
                RuledOuts.of(chronicle, findings),
                timeline(),
                offenders(findings),
                notes());
    }

    private Diagnosis.@Nullable Pace pace() {
        List<Rebalance> entries =
                chronicle.entries().stream().filter(Chronicle::isRebalance).toList();
        if (entries.isEmpty()) {
            return null;
        }
        long between =
                entries.get(entries.size() - 1).startedAt() - entries.get(0).startedAt();
        Duration every = entries.size() == 1 ? null : Duration.ofMillis(between / (entries.size() - 1));
        long pause =
                Numbers.median(entries.stream().map(Rebalance::durationMillis).toList());
        double window = Math.max(1, observations.window().toMillis());
        double share = Math.min(1, stoppedMillis(entries) / window);
        return new Diagnosis.Pace(
                every, Duration.ofMillis(pause), share, entries.stream().allMatch(this::stopsAll));
    }

    /** Overlaps count once. */
    private static long stoppedMillis(List<Rebalance> entries) {
        long stopped = 0;
        long until = 0;
        for (Rebalance each : entries) {
            stopped += Math.max(0, each.endedAt() - Math.max(until, each.startedAt()));
            until = Math.max(until, each.endedAt());
        }
        return stopped;
    }

    private boolean stopsAll(Rebalance entry) {
        String protocol = entry.protocol();
        return entry.type() == GroupType.CLASSIC && (protocol == null || !protocol.contains("cooperative"));
    }

    private List<Diagnosis.Moment> timeline() {
        List<Rebalance> entries = chronicle.entries();
        List<Diagnosis.Moment> moments = new ArrayList<>();
        Map<Integer, Event> roots = roots();
        for (int i = Math.max(0, entries.size() - Diagnosis.TIMELINE_MAX); i < entries.size(); i++) {
            moments.add(moment(entries.get(i), judge.ofEntry(i).cause(), roots.get(i)));
        }
        return List.copyOf(moments);
    }

    /** The first event of each rebalance that its cause is behind. */
    private Map<Integer, Event> roots() {
        Map<Integer, Event> roots = new LinkedHashMap<>();
        for (Event each : chronicle.events()) {
            if (judge.of(each).cause() == judge.ofEntry(each.entry()).cause()) {
                roots.putIfAbsent(each.entry(), each);
            }
        }
        return roots;
    }

    private static Diagnosis.Moment moment(Rebalance entry, Cause cause, @Nullable Event root) {
        String who = root == null || root.slot().isEmpty() ? null : root.slot();
        return new Diagnosis.Moment(
                Instant.ofEpochMilli(entry.startedAt()),
                entry.type(),
                entry.generationBefore(),
                entry.generationAfter(),
                Duration.ofMillis(entry.durationMillis()),
                cause,
                cause.severity(),
                who);
    }

    private static List<Offender> offenders(List<Finding> findings) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        findings.stream()
                .filter(each -> each.severity() == Severity.PROBLEM)
                .flatMap(each -> each.offenders().stream())
                .forEach(each -> counts.merge(each.client(), each.incidents(), Integer::sum));
        return counts.entrySet().stream()
                .filter(each -> each.getValue() > 1)
                .map(each -> new Offender(each.getKey(), each.getValue()))
                .sorted(Comparator.comparingInt(Offender::incidents).reversed().thenComparing(Offender::client))
                .limit(OFFENDERS_MAX)
                .toList();
    }

    private List<String> notes() {
        List<String> notes = new ArrayList<>();
        if (chronicle.isPolled()) {
            notes.add(
                    "Seen from outside only: rebalances between two looks are missed, and clients' reasons, heartbeats"
                            + " and connections cannot be seen; so no cause is sure.");
        }
        if (observations.truncated() || chronicle.isCut()) {
            notes.add("There were more entries than are read at once; only the newest were looked at.");
        }
        int unreadable = observations.unreadable() + chronicle.insane();
        if (unreadable > 0) {
            notes.add(Words.count(unreadable, "entry").replace("entrys", "entries")
                    + " of the journal could not be read and were left out.");
        }
        lagNote(notes);
        return List.copyOf(notes);
    }

    private void lagNote(List<String> notes) {
        long lag = observations.lag().records();
        LagView.PartitionLag largest = observations.lag().largest().orElse(null);
        if (largest == null || lag == 0) {
            return;
        }
        double share = (double) largest.records() / lag;
        boolean skewed = observations.lag().partitions().size() > 2 && share >= 0.5;
        notes.add("The group is " + lag + " records behind"
                + (skewed
                        ? "; " + Words.percent(share) + " of that in " + Words.name(largest.name())
                                + " alone (a hot key, or its member is the slow one)."
                        : "."));
    }
}
