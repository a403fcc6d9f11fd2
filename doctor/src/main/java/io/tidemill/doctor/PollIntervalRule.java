package io.tidemill.doctor;

import io.tidemill.groups.Evidence;
import io.tidemill.groups.Trigger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The poll loop is slower than {@code max.poll.interval.ms}, which clients send as their rebalance timeout.
 *
 * <p>Java's classic consumer says so when it leaves. Others leave without a word, but with heartbeats going on, at the very
 * moment when the rebalance timeout has passed since their last sign of progress. A fetch is a sign for Java's consumers,
 * which fetch when the application polls; librdkafka and most others fetch in the background, so there only the last commit or assignment is.
 * A static member does not leave: its heartbeats stop when its fetches have been missing for the rebalance timeout.
 */
final class PollIntervalRule implements Rule {
    private static final long COMMIT_INTERVAL_MILLIS = 6_000;
    private static final long TIMER_MILLIS = 2_500;
    private static final int DEFAULT_RECORDS = 500;

    @Override
    public Cause cause() {
        return Cause.POLL_INTERVAL_EXCEEDED;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        if (event.reason() == Reason.POLL_TIMEOUT) {
            return 0.98;
        }
        Evidence evidence = event.evidence();
        long timeout = event.rebalanceTimeout();
        if (!event.isDeparture() || evidence == null) {
            return 0;
        }
        if (timeout <= 0) {
            return isStuck(evidence) && chronicle.returnOf(event) != null ? 0.6 : 0;
        }
        return switch (event.kind()) {
            case LEFT -> event.reason() == Reason.NONE ? left(event, evidence, timeout, chronicle) : 0;
            case SESSION_EXPIRED -> expired(event, evidence, timeout);
            case REBALANCE_TIMEOUT -> missed(event, evidence, timeout, chronicle);
            default -> 0;
        };
    }

    /** Where only polls tell: records waited, and its commits did not move. */
    private static boolean isStuck(Evidence evidence) {
        return evidence.sinceCommitMillis() != null && evidence.sinceHeartbeatMillis() == null;
    }

    private static double left(Event event, Evidence evidence, long timeout, Chronicle chronicle) {
        Event back = chronicle.returnOf(event);
        double score = silence(event, evidence, timeout);
        if (score > 0) {
            return back == null ? score : score + 0.1;
        }
        // A consumer that was closed never comes back with its member id; one that did not poll does.
        boolean same = back != null
                && Objects.equals(back.trigger().memberId(), event.trigger().memberId());
        return event.isConsumerType() && same && evidence.sinceFetchMillis() == null ? 0.6 : 0;
    }

    private static double silence(Event event, Evidence evidence, long timeout) {
        Long sinceFetch = evidence.sinceFetchMillis();
        if (sinceFetch != null && sinceFetch >= 0.9 * timeout) {
            return 0.85;
        }
        boolean fetchesTell = sinceFetch != null && event.software() == Software.JAVA;
        return !fetchesTell && stoppedFor(evidence, 0, timeout) ? 0.65 : 0;
    }

    /** Commits or assignments had stopped for the timeout, {@code before} milliseconds ago. */
    private static boolean stoppedFor(Evidence evidence, long before, long timeout) {
        return isAbout(evidence.sinceCommitMillis(), before, timeout)
                || isAbout(evidence.sinceSyncMillis(), before, timeout)
                || (evidence.sinceSyncMillis() == null && isAbout(evidence.sinceJoinMillis(), before, timeout));
    }

    /** The last commit may be as old as the commit interval when the poll loop stops. */
    private static boolean isAbout(@Nullable Long since, long before, long timeout) {
        return since != null
                && since - before >= Math.max(timeout / 3, timeout - COMMIT_INTERVAL_MILLIS)
                && since - before <= timeout + TIMER_MILLIS;
    }

    private static double expired(Event event, Evidence evidence, long timeout) {
        Long fetch = evidence.sinceFetchMillis();
        Long heartbeat = evidence.sinceHeartbeatMillis();
        boolean isStatic = event.trigger().groupInstanceId() != null;
        if (heartbeat == null || Boolean.FALSE.equals(evidence.connectionOpen())) {
            return 0;
        }
        if (fetch == null) {
            return isStatic && stoppedFor(evidence, heartbeat, timeout) ? 0.88 : 0;
        }
        return fetch - heartbeat < 0.9 * timeout ? 0 : isStatic ? 0.92 : 0.6;
    }

    /** It was busy already when the rebalance began. */
    private static double missed(Event event, Evidence evidence, long timeout, Chronicle chronicle) {
        Long fetch = evidence.sinceFetchMillis();
        return fetch != null && fetch >= 0.9 * timeout && !UnderWay.stoppedWithIt(event, chronicle) ? 0.8 : 0;
    }

    @Override
    public Report report(Cases cases) {
        long timeout = cases.common(Event::rebalanceTimeout);
        String limit = timeout == 0 ? "max.poll.interval.ms" : "max.poll.interval.ms = " + timeout;
        List<Long> gaps = gaps(cases);
        return new Report(
                Severity.PROBLEM,
                cases.who() + " leaves because its poll loop takes longer than " + limit + ".",
                evidence(cases, timeout, gaps),
                remedy(cases, timeout, gaps));
    }

    /** From the last poll until the client came back. */
    private static List<Long> gaps(Cases cases) {
        return cases.values(event -> {
            Event back = cases.chronicle().returnOf(event);
            return back == null ? null : Long.valueOf(Math.max(0, back.at() - event.at()) + before(event));
        });
    }

    private static long before(Event event) {
        Evidence evidence = event.evidence();
        Long stuck = evidence == null ? null : evidence.sinceCommitMillis();
        return event.rebalanceTimeout() > 0 || stuck == null ? event.rebalanceTimeout() : stuck;
    }

    private static List<String> evidence(Cases cases, long timeout, List<Long> gaps) {
        List<String> lines = new ArrayList<>();
        int told = cases.count(each -> each.reason() == Reason.POLL_TIMEOUT);
        if (told > 0) {
            lines.add("the client itself gave the poll timeout as its reason " + Words.times(told));
        }
        if (timeout == 0) {
            lines.add("commits did not move for up to "
                    + Words.millis(Numbers.max(cases.evidence(Evidence::sinceCommitMillis)))
                    + " while records waited, before the member was gone");
        } else if (cases.count() > told) {
            lines.add(Words.times(cases.count() - told)
                    + " no reason was given, but progress (fetches, or commits and assignments) had stopped for the"
                    + " rebalance timeout, which is max.poll.interval.ms, " + Words.millis(timeout));
        }
        List<Long> heartbeats = cases.evidence(Evidence::sinceHeartbeatMillis);
        if (!heartbeats.isEmpty() && cases.count(each -> each.kind() == Trigger.Kind.LEFT) > 0) {
            lines.add("heartbeats went on: the last one was " + Words.millis(Numbers.median(heartbeats))
                    + " old (median) when the member left");
        }
        if (!gaps.isEmpty()) {
            lines.add("time between polls, from when the members came back: median "
                    + Words.millis(Numbers.median(gaps)) + ", longest " + Words.millis(Numbers.max(gaps)));
        }
        addFetches(cases, lines);
        return lines;
    }

    private static void addFetches(Cases cases, List<String> lines) {
        List<Long> p99 = cases.evidence(Evidence::fetchGapP99Millis);
        if (!p99.isEmpty()) {
            lines.add(
                    "before that, the time between two fetches was up to " + Words.millis(Numbers.max(p99)) + " (p99)");
        }
    }

    private static Remedy remedy(Cases cases, long timeout, List<Long> gaps) {
        long longest = gaps.isEmpty() ? 4 * timeout / 3 : Numbers.max(gaps);
        long wanted = Numbers.setting(longest);
        String guess = gaps.isEmpty() ? " (no member came back yet, so its gap is only known to be longer)" : "";
        String change = "max.poll.interval.ms " + (timeout > 0 ? timeout + " → " : "to ") + wanted + guess + ".";
        String instead = timeout > 0 ? " instead of " + Words.millis(timeout) : "";
        String cost = "a worker that really hangs is noticed after " + Words.millis(wanted) + instead
                + ", and a rebalance may wait that long for a slow member.";
        Remedy remedy = Remedy.millis(change, cost, "max.poll.interval.ms", timeout, wanted);
        return remedy.or(fewerRecords(cases, timeout, longest));
    }

    private static String fewerRecords(Cases cases, long timeout, long longest) {
        String workers = "hand the work to other threads and go on polling with the partitions paused.";
        if (!cases.mostlyOf(Software.JAVA) || timeout == 0 || longest == 0) {
            return workers;
        }
        double share = Math.min(0.9, 0.7 * timeout / longest);
        return "max.poll.records to " + Words.percent(share) + " of what it is (the default of " + DEFAULT_RECORDS
                + " → " + Math.max(1, (long) (share * DEFAULT_RECORDS)) + "), or " + workers;
    }
}
