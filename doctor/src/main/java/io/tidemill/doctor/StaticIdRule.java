package io.tidemill.doctor;

import io.tidemill.groups.Evidence;
import io.tidemill.groups.Trigger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Two processes that live at the same time have the same {@code group.instance.id}. */
final class StaticIdRule implements Rule {
    @Override
    public Cause cause() {
        return Cause.STATIC_ID_REUSED;
    }

    /** One that is taken over is most often a restart, which is what static ids are for. */
    @Override
    public double score(Event event, Chronicle chronicle) {
        return switch (event.kind()) {
            case STATIC_MEMBER_FENCED -> 0.95;
            case STATIC_MEMBER_REPLACED -> replaced(event, chronicle);
            default -> 0;
        };
    }

    private static double replaced(Event event, Chronicle chronicle) {
        double score = isAlive(event.evidence()) ? 0.7 : 0;
        return chronicle.takeovers(event) > 2 ? Math.max(0.85, score) : score;
    }

    private static boolean isAlive(@Nullable Evidence old) {
        return old != null
                && Boolean.TRUE.equals(old.connectionOpen())
                // One that has just begun has not sent a heartbeat yet.
                && Stream.of(
                                Optional.ofNullable(old.sinceHeartbeatMillis()),
                                Optional.ofNullable(old.sinceSyncMillis()),
                                Optional.ofNullable(old.sinceJoinMillis()))
                        .flatMap(Optional::stream)
                        .anyMatch(since -> since < old.sessionTimeoutMillis());
    }

    @Override
    public Report report(Cases cases) {
        List<String> ids = cases.incidents().stream()
                .map(each -> each.trigger().groupInstanceId())
                .filter(Objects::nonNull)
                .distinct()
                .map(Words::name)
                .toList();
        return new Report(
                Severity.PROBLEM,
                "two processes use group.instance.id " + Words.list(ids) + " at the same time.",
                evidence(cases),
                Remedy.of(
                        "an own group.instance.id for each process (the pod's or host's name, say); "
                                + Words.count(ids.size(), "id") + " to change: " + Words.list(ids) + ".",
                        "one rebalance when the process with the new id joins."));
    }

    private static List<String> evidence(Cases cases) {
        List<String> lines = new ArrayList<>();
        int fenced = cases.count(each -> each.kind() == Trigger.Kind.STATIC_MEMBER_FENCED);
        lines.add("refused, because another process had the id: " + fenced + "; taken over from a process that lived: "
                + (cases.count() - fenced) + "; " + cases.when());
        List<String> clients = cases.offenders().stream().map(Offender::client).toList();
        if (!clients.isEmpty()) {
            lines.add("seen from " + Words.list(clients));
        }
        return lines;
    }
}
