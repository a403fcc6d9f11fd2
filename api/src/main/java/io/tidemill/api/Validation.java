package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Tells every mistake in a pipeline at once. */
final class Validation {
    /** In place of the operator that gives elements their time. */
    private static final String NONE = "";

    private Validation() {}

    static void check(Pipeline pipeline) {
        List<String> mistakes = new ArrayList<>();
        checkNames(pipeline, mistakes);
        checkTopics(pipeline, mistakes);
        checkTimes(pipeline, mistakes);
        checkKeepers(pipeline, mistakes);
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

    private static void checkKeepers(Pipeline pipeline, List<String> mistakes) {
        List<Operator> operators = pipeline.operators();
        for (int at = 0; at < operators.size(); at++) {
            if (operators.get(at) instanceof Operator.Joined join) {
                List<Integer> sides = pipeline.inputsOf(at);
                checkKept(pipeline, join, sides.get(0), join.leftCodec(), mistakes);
                if (!sides.get(0).equals(sides.get(1))) {
                    checkKept(pipeline, join, sides.get(1), join.rightCodec(), mistakes);
                }
                checkKeys(pipeline, join, sides, mistakes);
            } else if (operators.get(at) instanceof Operator.Aggregated && comesOfState(pipeline, at)) {
                int input = pipeline.inputsOf(at).get(0);
                checkKept(pipeline, operators.get(at), input, pipeline.codecAt(input), mistakes);
            }
        }
    }

    /** Whether what comes in may be taken back, since another operator has made it of its state. */
    private static boolean comesOfState(Pipeline pipeline, int at) {
        return pipeline.inputsOf(at).stream()
                .anyMatch(input -> pipeline.operators().get(input).keepsState() || comesOfState(pipeline, input));
    }

    /** An operator that keeps elements has to know how they are encoded. */
    private static void checkKept(
            Pipeline pipeline, Operator keeper, int input, @Nullable Codec<Object> codec, List<String> mistakes) {
        if (codec == null) {
            mistakes.add("'" + keeper.name() + "' keeps elements of '" + makerOf(pipeline, input)
                    + "': say how they are encoded with map(…, codec)");
        }
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

    private static void checkKeys(Pipeline pipeline, Operator join, List<Integer> sides, List<String> mistakes) {
        Set<String> formats = new TreeSet<>();
        for (int side : sides) {
            if (pipeline.operators().get(side) instanceof Operator.KeyBy keyBy) {
                formats.add(keyBy.codec().format());
            }
        }
        if (formats.size() > 1) {
            mistakes.add("'" + join.name() + "' has sides whose keys are encoded in different ways ("
                    + String.join(", ", formats) + "): give both keyBy(…) the same codec");
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
