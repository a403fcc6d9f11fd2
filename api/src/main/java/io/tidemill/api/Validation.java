package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Tells every mistake in a pipeline at once. */
final class Validation {
    private Validation() {}

    static void check(Pipeline pipeline) {
        List<String> mistakes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Set<String> derived = Set.of(
                pipeline.lateTopic(),
                pipeline.deadTopic(),
                pipeline.name() + ".changelog",
                pipeline.name() + ".closed");
        String source = "";
        int eventTimes = 0;
        for (Operator operator : pipeline.operators()) {
            if (!names.add(operator.name())) {
                mistakes.add("two operators are named '" + operator.name() + "'");
            }
            if (operator instanceof Operator.From from) {
                source = from.topic().name();
            } else if (operator instanceof Operator.EventTime) {
                eventTimes++;
            } else if (operator instanceof Operator.Windowed window && eventTimes == 0) {
                mistakes.add("'" + window.name() + "' needs an event time: call eventTime(…) before keyBy(…)");
            } else if (operator instanceof Operator.To to) {
                checkTarget(to, source, derived, mistakes);
            }
        }
        for (Operator operator : pipeline.operators()) {
            for (String former : operator.formerNames()) {
                if (!names.add(former)) {
                    mistakes.add("'" + former + "' cannot be a former name of '" + operator.name()
                            + "': an operator has it, or had it");
                }
            }
        }
        if (eventTimes > 1) {
            mistakes.add("eventTime(…) is said " + eventTimes + " times; say it once");
        }
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(
                    "pipeline '" + pipeline.name() + "' cannot be built: " + String.join("; ", mistakes));
        }
    }

    private static void checkTarget(Operator.To to, String source, Set<String> derived, List<String> mistakes) {
        try {
            Topic.requireLegalName(to.topic());
        } catch (IllegalArgumentException e) {
            mistakes.add(String.valueOf(e.getMessage()));
        }
        if (to.topic().equals(source)) {
            mistakes.add("it reads and writes '" + source + "': write to another topic");
        }
        if (derived.contains(to.topic()) || derived.contains(source)) {
            mistakes.add("'" + to.topic() + "' or '" + source + "' is a topic that the pipeline keeps for itself");
        }
    }
}
