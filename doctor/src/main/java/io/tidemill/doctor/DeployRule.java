package io.tidemill.doctor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Members were replaced one after the other. */
final class DeployRule implements Rule {
    /** Of Java's consumers, for a session timeout that is not known. */
    private static final long SESSION_MILLIS_DEFAULT = 45_000;

    private final Waves waves;

    DeployRule(Waves waves) {
        this.waves = waves;
    }

    @Override
    public Cause cause() {
        return Cause.ROLLING_DEPLOY;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        Waves.Wave wave = waves.of(event);
        if (!waves.isDeploy(wave)) {
            return 0;
        }
        boolean told = event.reason() == Reason.CLOSED || event.isArrival();
        return told && !chronicle.isPolled() ? 0.85 : 0.6;
    }

    @Override
    public Report report(Cases cases) {
        List<Waves.Wave> deploys = deploys(cases);
        return new Report(
                Severity.NOTICE,
                Words.count(deploys.size(), "rolling deploy") + " replaced members that have no static ids.",
                evidence(deploys, cases),
                remedy(cases));
    }

    private List<Waves.Wave> deploys(Cases cases) {
        Set<Waves.Wave> found = new LinkedHashSet<>();
        cases.incidents().stream()
                .sorted(Comparator.comparingLong(Event::at))
                .map(waves::of)
                .filter(Objects::nonNull)
                .forEach(found::add);
        return found.stream().filter(waves::isDeploy).toList();
    }

    private static List<String> evidence(List<Waves.Wave> deploys, Cases cases) {
        List<String> lines = new ArrayList<>();
        for (Waves.Wave each : deploys.subList(Math.max(0, deploys.size() - 3), deploys.size())) {
            lines.add(Words.time(each.firstAt()) + " to " + Words.time(each.lastAt()) + ": "
                    + each.departures().size() + " left, " + each.arrivals().size()
                    + " came, and none of those who came left again");
        }
        lines.add(cases.rebalances() + " rebalances for " + cases.count(Event::isDeparture) + " replaced members");
        return lines;
    }

    private static Remedy remedy(Cases cases) {
        long restart = Numbers.max(cases.absences());
        long session = cases.common(Event::sessionTimeout);
        long wanted = Math.max(session == 0 ? SESSION_MILLIS_DEFAULT : session, Numbers.setting(Math.max(restart, 1)));
        return new Remedy(
                "group.instance.id for each instance, and a session timeout of at least " + wanted
                        + " ms, so that a restart (the longest took " + Words.millis(restart)
                        + ") is over before it runs out: then a deploy causes no rebalance.",
                null,
                "an instance that is stopped for good is noticed only after " + Words.millis(wanted) + ".",
                List.of(
                        new Remedy.Setting("group.instance.id", null, "<name of the instance>"),
                        new Remedy.Setting(
                                "session.timeout.ms",
                                session > 0 ? Long.toString(session) : null,
                                Long.toString(wanted))));
    }
}
