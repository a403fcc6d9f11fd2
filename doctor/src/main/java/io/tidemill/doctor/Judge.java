package io.tidemill.doctor;

import io.tidemill.groups.Rebalance;
import io.tidemill.groups.Trigger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the cause behind each event and each rebalance. First come the rules that need one event and its evidence; then a
 * client that comes back is counted with what made it leave; then the rules that look at the pattern of what is left.
 */
final class Judge {
    /** A score from which on an event is explained. */
    private static final double EXPLAINED = 0.45;

    private static final long SOON_MILLIS = 5_000;

    private static final List<Rule> DIRECT = List.of(
            new PollIntervalRule(),
            new SessionStallRule(),
            new CrashRule(),
            new SlowRebalanceRule(),
            new StaticIdRule(),
            new TopicsChangedRule(),
            new SubscriptionRule(),
            new CooperativeRule(),
            new CoordinatorRule(),
            new RequestedRule());

    private final Chronicle chronicle;
    private final Map<Event, Judgement> judgements = new HashMap<>();
    private final List<Judgement> entries = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>(DIRECT);

    Judge(Chronicle chronicle) {
        this.chronicle = chronicle;
        chronicle.events().forEach(this::judgeAlone);
        chronicle.events().forEach(this::judgeReturn);
        List<Rule> patterns = patterns();
        chronicle.events().forEach(each -> judgements.computeIfAbsent(each, event -> best(event, patterns)));
        rules.addAll(patterns);
        rules.add(new IdleMembersRule());
        judgeEntries();
    }

    private List<Rule> patterns() {
        Waves waves = Waves.of(chronicle, each -> !judgements.containsKey(each));
        return List.of(
                new SharedGroupRule(),
                new DeployRule(waves),
                new ChurnRule(waves),
                new MembershipRule(),
                new UnknownRule());
    }

    private void judgeAlone(Event event) {
        Judgement best = best(event, DIRECT);
        if (best.score() >= EXPLAINED) {
            judgements.put(event, best);
        }
    }

    private Judgement best(Event event, List<Rule> candidates) {
        Judgement best = new Judgement(Cause.UNKNOWN, 0, false);
        for (Rule rule : candidates) {
            double score = rule.score(event, chronicle);
            if (score > best.score()) {
                best = new Judgement(rule.cause(), Math.min(1, score), false);
            }
        }
        return best;
    }

    private void judgeReturn(Event event) {
        Event departure = chronicle.departureOf(event);
        Judgement why = departure == null ? null : judgements.get(departure);
        if (why != null && why.cause().severity() != Severity.BENIGN) {
            judgements.putIfAbsent(event, new Judgement(why.cause(), why.score(), true));
        }
    }

    private void judgeEntries() {
        List<List<Event>> byEntry = new ArrayList<>();
        chronicle.entries().forEach(each -> byEntry.add(new ArrayList<>()));
        chronicle.events().forEach(each -> byEntry.get(each.entry()).add(each));
        for (int i = 0; i < byEntry.size(); i++) {
            Judgement before = i > 0 && isSoonAfter(i) ? entries.get(i - 1) : null;
            byEntry.get(i).forEach(each -> judgeAftermath(each, before));
            entries.add(judgeEntry(byEntry.get(i)));
        }
    }

    private boolean isSoonAfter(int entry) {
        Rebalance before = chronicle.entries().get(entry - 1);
        return chronicle.entries().get(entry).startedAt() - before.endedAt() <= SOON_MILLIS;
    }

    /** A member that joins again without a reason of its own goes on with what the rebalance before began. */
    private void judgeAftermath(Event event, @Nullable Judgement before) {
        boolean again = event.kind() == Trigger.Kind.MEMBER_REJOINED || event.kind() == Trigger.Kind.LEADER_REJOINED;
        if (again && before != null && of(event).cause() == Cause.UNKNOWN) {
            judgements.put(event, new Judgement(before.cause(), before.score() * 0.9, true));
        }
    }

    /** The first that is wrong; else the first that is not benign; else the surest. */
    private Judgement judgeEntry(List<Event> events) {
        Judgement chosen = new Judgement(Cause.UNKNOWN, 0, false);
        for (Event each : events) {
            Judgement judgement = of(each);
            if (weight(judgement) > weight(chosen)) {
                chosen = judgement;
            }
        }
        return chosen;
    }

    private static double weight(Judgement judgement) {
        if (judgement.cause() == Cause.UNKNOWN) {
            return judgement.score();
        }
        double sure = judgement.score() < 0.5 ? 1 : 2;
        return switch (judgement.cause().severity()) {
            case PROBLEM -> 20 + sure;
            case NOTICE -> 10 + sure;
            case BENIGN -> sure;
        };
    }

    Judgement of(Event event) {
        return judgements.getOrDefault(event, new Judgement(Cause.UNKNOWN, 0, false));
    }

    /** By the index of the rebalance. */
    Judgement ofEntry(int entry) {
        return entries.get(entry);
    }

    List<Rule> rules() {
        return rules;
    }

    Chronicle chronicle() {
        return chronicle;
    }
}
