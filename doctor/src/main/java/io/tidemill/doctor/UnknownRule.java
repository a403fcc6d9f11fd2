package io.tidemill.doctor;

import io.tidemill.groups.Trigger;
import java.util.Arrays;
import java.util.List;

/** What no other rule explains. */
final class UnknownRule implements Rule {
    @Override
    public Cause cause() {
        return Cause.UNKNOWN;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        return 0.1;
    }

    @Override
    public Report report(Cases cases) {
        return new Report(
                Severity.NOTICE,
                "rebalances whose cause does not show in what was recorded.",
                List.of("recorded were: " + kinds(cases)),
                null);
    }

    private static String kinds(Cases cases) {
        List<String> kinds = Arrays.stream(Trigger.Kind.values())
                .filter(kind -> cases.count(each -> each.kind() == kind) > 0)
                .map(kind -> kind + " " + cases.count(each -> each.kind() == kind))
                .toList();
        return kinds.isEmpty() ? "no reasons" : String.join(", ", kinds);
    }
}
