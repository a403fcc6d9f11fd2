package io.tidemill.doctor;

import io.tidemill.groups.Rebalance;
import io.tidemill.groups.RebalanceMember;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The last change of a timeout of the clients that a cause is about, and whether it helped.
 *
 * @param before incidents
 * @param after incidents
 */
record SettingChange(String setting, long fromMillis, long toMillis, long at, int before, int after, long until) {
    static @Nullable SettingChange of(Cases cases, Cause cause) {
        return switch (cause) {
            case POLL_INTERVAL_EXCEEDED, SLOW_REBALANCE ->
                last(cases, "max.poll.interval.ms", RebalanceMember::rebalanceTimeoutMillis);
            case SESSION_STALL, CRASH -> last(cases, "session timeout", RebalanceMember::sessionTimeoutMillis);
            default -> null;
        };
    }

    private static @Nullable SettingChange last(Cases cases, String setting, ToLongFunction<RebalanceMember> timeout) {
        Set<String> clients = new HashSet<>();
        cases.incidents()
                .forEach(each -> clients.add(String.valueOf(each.trigger().clientId())));
        Map<String, Long> known = new HashMap<>();
        SettingChange last = null;
        for (Rebalance entry : cases.chronicle().entries()) {
            for (RebalanceMember member : members(entry)) {
                Long old = clients.contains(member.clientId())
                        ? known.put(member.clientId() + member.host(), timeout.applyAsLong(member))
                        : null;
                if (old != null && old != timeout.applyAsLong(member)) {
                    last = of(cases, setting, old, timeout.applyAsLong(member), entry.endedAt());
                }
            }
        }
        return last;
    }

    private static List<RebalanceMember> members(Rebalance entry) {
        List<RebalanceMember> members = new ArrayList<>(entry.membersBefore());
        members.addAll(entry.members());
        return members;
    }

    private static SettingChange of(Cases cases, String setting, long from, long to, long at) {
        int before = cases.count(each -> each.at() <= at);
        long until = cases.chronicle().observations().to().toEpochMilli();
        return new SettingChange(setting, from, to, at, before, cases.count() - before, until);
    }

    /** None since, for at least three times as long as it took from one to the next before. */
    boolean helped(Cases cases) {
        long quiet = until - at;
        return after == 0 && before > 1 && quiet >= 3 * (at - cases.firstAt()) / before;
    }

    String line() {
        return setting + " went from " + fromMillis + " to " + toMillis + " ms at " + Words.time(at) + ": " + before
                + " before, " + after + " in the " + Words.millis(Math.max(0, until - at)) + " since";
    }
}
