package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What leads where in a pipeline. */
final class Ways {
    private Ways() {}

    /** By place: which operators take elements from it, in their order, one as often as it does. */
    static int[][] consumers(Pipeline pipeline) {
        List<List<Integer>> consumers = new ArrayList<>();
        for (int place = 0; place < pipeline.operators().size(); place++) {
            consumers.add(new ArrayList<>());
            for (int input : pipeline.inputsOf(place)) {
                consumers.get(input).add(place);
            }
        }
        return consumers.stream()
                .map(each -> each.stream().mapToInt(place -> place).toArray())
                .toArray(int[][]::new);
    }

    /** The place of what reads the topic. */
    static int sourceOf(Pipeline pipeline, String topic) {
        for (int place = 0; place < pipeline.operators().size(); place++) {
            if (topic.equals(topicOf(pipeline.operators().get(place)))) {
                return place;
            }
        }
        throw new IllegalArgumentException("pipeline '" + pipeline.name() + "' does not read topic '" + topic + "'");
    }

    /** That the operator reads; null if it reads none. */
    static @Nullable String topicOf(Operator operator) {
        if (operator instanceof Operator.From from) {
            return from.topic().name();
        }
        return operator instanceof Operator.Table table ? table.topic().name() : null;
    }

    /** Topics that are read. */
    static List<String> topics(Pipeline pipeline) {
        List<String> topics = new ArrayList<>();
        for (Operator operator : pipeline.operators()) {
            String topic = topicOf(operator);
            if (topic != null) {
                topics.add(topic);
            }
        }
        return topics;
    }

    /** Says when elements of the source happened; null if none does, or if it is a table. */
    static Operator.@Nullable EventTime eventTimeOf(Pipeline pipeline, int source) {
        for (int place : reached(pipeline, source)) {
            if (pipeline.operators().get(place) instanceof Operator.EventTime time) {
                return time;
            }
        }
        return null;
    }

    static long boundMillis(Operator source, Operator.@Nullable EventTime time) {
        if (source instanceof Operator.Table table) {
            return table.watermark().bound().toMillis();
        }
        return time == null ? 0 : time.watermark().bound().toMillis();
    }

    /** All that elements of the source come to without passing an operator that keeps state. */
    static Set<Integer> reached(Pipeline pipeline, int source) {
        Set<Integer> reached = new TreeSet<>();
        reach(pipeline, consumers(pipeline), source, reached);
        return reached;
    }

    private static void reach(Pipeline pipeline, int[][] consumers, int place, Set<Integer> reached) {
        for (int next : consumers[place]) {
            if (reached.add(next) && !pipeline.operators().get(next).keepsState()) {
                reach(pipeline, consumers, next, reached);
            }
        }
    }

    /** Topics whose elements come to an operator, none of them as another's result; empty if there are results among them. */
    static List<String> topicsInto(Pipeline pipeline, int place) {
        Set<String> topics = new TreeSet<>();
        return collect(pipeline, place, topics) ? List.copyOf(topics) : List.of();
    }

    private static boolean collect(Pipeline pipeline, int place, Set<String> topics) {
        for (int input : pipeline.inputsOf(place)) {
            Operator operator = pipeline.operators().get(input);
            String topic = topicOf(operator);
            if (topic != null) {
                topics.add(topic);
            } else if (operator.keepsState() || !collect(pipeline, input, topics)) {
                return false;
            }
        }
        return true;
    }
}
