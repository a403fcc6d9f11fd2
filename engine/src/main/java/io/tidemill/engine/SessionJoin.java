package io.tidemill.engine;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adds elements where sessions may have closed: brings back what they change, then adds them. Used by one thread. */
final class SessionJoin {
    private final Stage stage;

    SessionJoin(Stage stage) {
        this.stage = stage;
    }

    /** Adds what is on time but comes where others have gone on. */
    void addParked() {
        List<Entry> parked = new ArrayList<>();
        for (SessionLane lane : stage.sessionLanes) {
            parked.addAll(lane.parked);
            lane.parked.clear();
        }
        if (parked.isEmpty()) {
            return;
        }
        for (SessionPlan plan : plans(parked, false)) {
            KeySessions to = plan.lane.findOrCreate(plan.question.key, plan.question.hash);
            add(plan, to, 0);
        }
    }

    /** Finds out what elements change, whatever their keys. */
    List<SessionPlan> plans(Collection<? extends Entry> arrivals, boolean sparesOpen) {
        Map<ByteBuffer, List<Entry>> byKey = new LinkedHashMap<>();
        for (Entry each : arrivals) {
            byKey.computeIfAbsent(ByteBuffer.wrap(each.key), key -> new ArrayList<>())
                    .add(each);
        }
        List<SessionPlan> plans = new ArrayList<>();
        byKey.values()
                .forEach(each -> plans.add(new SessionPlan(stage.sessionLaneOf(each.get(0).hash), each, sparesOpen)));
        ClosedSessions closed = new ClosedSessions(stage.task.settledLog(), stage.task.pipeline, stage.plan);
        List<SessionPlan> unmade = plans;
        while (!unmade.isEmpty()) {
            closed.find(unmade.stream().map(plan -> plan.question).toList(), stage.windows);
            unmade = unmade.stream().filter(plan -> !plan.make()).toList();
        }
        return plans;
    }

    /**
     * Corrects by a plan: apart from the sessions that are open, which are not changed, also not on the way to what the
     * elements make together.
     */
    void correct(SessionPlan plan) {
        KeySessions apart = plan.lane.createApart(plan.question.key, plan.question.hash);
        // A correction is never the first answer.
        add(plan, apart, 1);
        plan.lane.correct(apart);
    }

    private static void add(SessionPlan plan, KeySessions to, int revision) {
        plan.affected.forEach(session -> plan.lane.reopen(to, session));
        for (Entry each : plan.arrivals) {
            long time = each.window.startMillis();
            Cell cell = new Cell(to.key, to.hash, time, time, each.accumulator);
            cell.count = each.count;
            cell.revision = revision;
            plan.lane.add(to, cell);
        }
    }
}
