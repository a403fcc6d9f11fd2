package io.tidemill.testkit.oracle;

import io.tidemill.testkit.oracle.GraphNode.End;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** A graph, and what its sources hold; see {@link RandomGraph}. */
record GraphCase(Map<String, RandomStream> topics, List<End> ends) {
    RandomStream stream(String topic) {
        return Objects.requireNonNull(topics.get(topic), topic);
    }

    /** All that leads to the ends, each once, inputs first. */
    List<GraphNode> nodes() {
        List<GraphNode> nodes = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        ends.forEach(end -> collect(end.node(), seen, nodes));
        return nodes;
    }

    private static void collect(GraphNode node, Set<String> seen, List<GraphNode> nodes) {
        if (seen.add(node.name())) {
            node.inputs().forEach(input -> collect(input, seen, nodes));
            nodes.add(node);
        }
    }

    List<GraphNode> stages() {
        return nodes().stream().filter(GraphNode::keepsState).toList();
    }

    /** For people. */
    String describe() {
        StringBuilder text = new StringBuilder();
        for (GraphNode node : nodes()) {
            text.append(own(node)).append('\n');
        }
        ends.forEach(end -> text.append(end.form())
                .append(" of ")
                .append(end.node().name())
                .append(" to ")
                .append(end.topic())
                .append('\n'));
        Map<String, Integer> counts = new LinkedHashMap<>();
        topics.forEach((topic, stream) -> counts.put(topic, stream.arrivals().size()));
        return text.append(counts).toString();
    }

    private static String own(GraphNode node) {
        String inputs = node.inputs().stream().map(GraphNode::name).toList().toString();
        String more = more(node);
        return node.name() + " of " + inputs + " " + more;
    }

    private static String more(GraphNode node) {
        if (node instanceof GraphNode.Sources of) {
            return of.topics() + " " + of.watermark() + " " + of.pace();
        } else if (node instanceof GraphNode.Filter of) {
            return "% " + of.divisor() + " != " + of.remainder();
        } else if (node instanceof GraphNode.Changed of) {
            return of.change().toString();
        } else if (node instanceof GraphNode.Failing of) {
            return "% " + of.divisor() + " != " + of.remainder() + " or fails";
        } else if (node instanceof GraphNode.Windowed of) {
            return of.fold() + " " + of.windowing().describe() + ", lateness " + of.lateness();
        } else if (node instanceof GraphNode.Joined of) {
            return of.kind() + " " + of.windowing().describe() + ", lateness " + of.lateness();
        }
        return node instanceof GraphNode.Running of ? of.fold().toString() : "";
    }
}
