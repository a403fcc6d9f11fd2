package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import io.tidemill.api.process.OutputTag;
import io.tidemill.api.process.StateDescriptor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Tells every mistake in a pipeline at once. */
final class Validation {
    /** In place of the operator that gives elements their time. */
    private static final String NONE = "";

    private static final int DECLARED_MAX = 100;

    private Validation() {}

    /** @param ambiguous the kinds of operators with state of which several have no name of their own */
    static void check(Pipeline pipeline, Set<String> ambiguous) {
        List<String> mistakes = new ArrayList<>();
        for (String kind : ambiguous) {
            mistakes.add("several operators would be called '" + kind
                    + "': give each a name of its own with as(…), for its state is found by it");
        }
        checkNames(pipeline, mistakes);
        checkTopics(pipeline, mistakes);
        checkTimes(pipeline, mistakes);
        checkKeepers(pipeline, mistakes);
        checkKeys(pipeline, mistakes);
        checkFunctions(pipeline, mistakes);
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(
                    "pipeline '" + pipeline.name() + "' cannot be built: " + String.join("; ", mistakes));
        }
    }

    private static void checkNames(Pipeline pipeline, List<String> mistakes) {
        Set<String> names = new HashSet<>();
        for (Operator operator : pipeline.operators()) {
            if (!names.add(operator.name())) {
                mistakes.add("two operators are named '" + operator.name() + "'");
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
    }

    private static void checkTopics(Pipeline pipeline, List<String> mistakes) {
        Set<String> sources = new HashSet<>();
        for (Operator operator : pipeline.operators()) {
            if (operator instanceof Operator.From from
                    && !sources.add(from.topic().name())) {
                mistakes.add("it reads '" + from.topic().name()
                        + "' more than once: keep the stream that begins with it, and use that one again");
            }
        }
        for (Operator operator : pipeline.operators()) {
            if (operator instanceof Operator.Table table
                    && !sources.add(table.topic().name())) {
                mistakes.add("it reads '" + table.topic().name()
                        + "' more than once: a topic is read as a stream or as a table, by one operator");
            }
        }
        Set<String> targets = new HashSet<>();
        for (Operator operator : pipeline.operators()) {
            if (operator instanceof Operator.To to) {
                checkTarget(pipeline, to, sources, mistakes);
                if (!targets.add(to.topic())) {
                    mistakes.add("it writes '" + to.topic() + "' in more than one place: put the streams together first"
                            + " with union(…)");
                }
            }
        }
    }

    /** Every element that needs a time has one, and only one operator has given it. */
    private static void checkTimes(Pipeline pipeline, List<String> mistakes) {
        List<Operator> operators = pipeline.operators();
        List<Set<String>> givers = new ArrayList<>();
        for (int at = 0; at < operators.size(); at++) {
            Operator operator = operators.get(at);
            Set<String> giver = new TreeSet<>();
            pipeline.inputsOf(at).forEach(input -> giver.addAll(givers.get(input)));
            boolean known = !giver.isEmpty() && !giver.contains(NONE);
            if (operator instanceof Operator.From) {
                giver.add(NONE);
            } else if (operator instanceof Operator.Table) {
                giver.add(operator.name());
            } else if (operator instanceof Operator.EventTime && comesOfState(pipeline, at)) {
                mistakes.add("'" + operator.name()
                        + "' says when elements happened behind an operator that keeps state: say it"
                        + " before, and results have their time");
            } else if (operator instanceof Operator.EventTime) {
                if (!giver.equals(Set.of(NONE))) {
                    mistakes.add("'" + operator.name() + "' says again when an element happened; say it once");
                }
                giver.clear();
                giver.add(operator.name());
            } else if (operator.needsEventTime() && !known) {
                mistakes.add("'" + operator.name() + "' needs an event time: call eventTime(…) before keyBy(…)");
                giver.clear();
                giver.add(operator.name());
            } else if (operator instanceof Operator.Union && !known && giver.size() > 1) {
                mistakes.add("'" + operator.name()
                        + "' joins streams with and without event time: call eventTime(…) in each, or after it");
            }
            givers.add(giver);
        }
        checkOneTimePerSource(pipeline, mistakes);
    }

    /** A partition has one watermark. */
    private static void checkOneTimePerSource(Pipeline pipeline, List<String> mistakes) {
        List<Operator> operators = pipeline.operators();
        List<Set<String>> sources = new ArrayList<>();
        Map<String, String> times = new TreeMap<>();
        for (int at = 0; at < operators.size(); at++) {
            Set<String> from = new TreeSet<>();
            pipeline.inputsOf(at).forEach(input -> from.addAll(sources.get(input)));
            if (operators.get(at) instanceof Operator.From source) {
                from.add(source.topic().name());
            } else if (operators.get(at) instanceof Operator.EventTime time) {
                for (String source : from) {
                    String other = times.putIfAbsent(source, time.name());
                    if (other != null) {
                        mistakes.add("'" + other + "' and '" + time.name() + "' both say when elements of '" + source
                                + "' happened: call eventTime(…) once, before the stream becomes several");
                    }
                }
            }
            sources.add(from);
        }
    }

    /** An operator that keeps elements has to know how they are encoded. */
    private static void checkKeepers(Pipeline pipeline, List<String> mistakes) {
        for (int at = 0; at < pipeline.operators().size(); at++) {
            Operator operator = pipeline.operators().get(at);
            Set<Integer> unknown = new TreeSet<>();
            for (int input : pipeline.inputsOf(at)) {
                if (keepsElements(pipeline, at) && pipeline.codecAt(input) == null) {
                    unknown.add(input);
                }
            }
            for (int input : unknown) {
                mistakes.add("'" + operator.name() + "' keeps elements of '" + makerOf(pipeline, input)
                        + "': say how they are encoded with map(…, codec)");
            }
        }
    }

    private static boolean keepsElements(Pipeline pipeline, int at) {
        Operator operator = pipeline.operators().get(at);
        if (operator instanceof Operator.Processed process) {
            // In the order in which elements arrive none has to wait.
            return process.needsEventTime();
        }
        return operator instanceof Operator.Aggregated ? isFedByChanges(pipeline, at) : operator.keepsState();
    }

    /** Whether what comes into an aggregate may be replaced or taken back. */
    private static boolean isFedByChanges(Pipeline pipeline, int at) {
        return pipeline.inputsOf(at).stream().anyMatch(pipeline::revises);
    }

    /** Whether another operator has made of its state what comes in. */
    private static boolean comesOfState(Pipeline pipeline, int at) {
        return pipeline.inputsOf(at).stream()
                .anyMatch(input -> pipeline.operators().get(input).keepsState() || comesOfState(pipeline, input));
    }

    /** The operator that made the elements what they are. */
    private static String makerOf(Pipeline pipeline, int at) {
        Operator operator = pipeline.operators().get(at);
        boolean passesOn = operator instanceof Operator.Filter
                || operator instanceof Operator.EventTime
                || operator instanceof Operator.Windowed
                || operator instanceof Operator.KeyBy;
        return passesOn ? makerOf(pipeline, pipeline.inputsOf(at).get(0)) : operator.name();
    }

    /** Elements meet whose keys are the same bytes, so their codecs must be the same. */
    private static void checkKeys(Pipeline pipeline, List<String> mistakes) {
        for (int at = 0; at < pipeline.operators().size(); at++) {
            Operator operator = pipeline.operators().get(at);
            Set<String> formats = new TreeSet<>();
            for (int input : pipeline.inputsOf(at)) {
                Operator before = pipeline.operators().get(input);
                if (before instanceof Operator.KeyBy keyBy) {
                    formats.add(keyBy.codec().format());
                } else if (before instanceof Operator.Table table) {
                    formats.add(table.keyCodec().format());
                }
            }
            if (operator.keepsState() && formats.size() > 1) {
                mistakes.add("'" + operator.name() + "' has inputs whose keys are encoded in different ways ("
                        + String.join(", ", formats) + "): give keyBy(…) the same codec in each");
            }
        }
    }

    private static void checkFunctions(Pipeline pipeline, List<String> mistakes) {
        for (Operator operator : pipeline.operators()) {
            if (operator instanceof Operator.Processed process) {
                List<String> states = process.function().states().stream()
                        .map(StateDescriptor::name)
                        .toList();
                List<String> outputs = process.function().outputs().stream()
                        .map(OutputTag::name)
                        .toList();
                checkDistinct(operator, "states", states, mistakes);
                checkDistinct(operator, "outputs", outputs, mistakes);
            }
        }
    }

    private static void checkDistinct(Operator operator, String what, List<String> names, List<String> mistakes) {
        if (names.size() > DECLARED_MAX) {
            mistakes.add("'" + operator.name() + "' declares more than " + DECLARED_MAX + " " + what);
        }
        if (new HashSet<>(names).size() < names.size()) {
            mistakes.add("'" + operator.name() + "' declares two " + what + " of the same name: " + names);
        }
    }

    private static void checkTarget(Pipeline pipeline, Operator.To to, Set<String> sources, List<String> mistakes) {
        Set<String> derived = Set.of(
                pipeline.lateTopic(),
                pipeline.deadTopic(),
                pipeline.name() + ".changelog",
                pipeline.name() + ".closed");
        try {
            Topic.requireLegalName(to.topic());
        } catch (IllegalArgumentException e) {
            mistakes.add(String.valueOf(e.getMessage()));
        }
        if (sources.contains(to.topic())) {
            mistakes.add("it reads and writes '" + to.topic() + "': write to another topic");
        }
        if (derived.contains(to.topic())) {
            mistakes.add("'" + to.topic() + "' is a topic that the pipeline keeps for itself");
        }
        for (String source : sources) {
            if (derived.contains(source)) {
                mistakes.add("'" + source + "' is a topic that the pipeline keeps for itself");
            }
        }
    }
}
