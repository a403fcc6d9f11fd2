package io.tidemill.testkit.oracle;

import io.tidemill.testkit.TestRecord;
import io.tidemill.testkit.oracle.GraphNode.End;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A graph, and what its sources hold; see {@link RandomGraph}. */
record GraphCase(Map<String, RandomStream> topics, List<End> ends) {
    RandomStream stream(String topic) {
        return Objects.requireNonNull(topics.get(topic), topic);
    }

    /** A record of the topic; if it holds versions, one of them, or that there is none any more. */
    TestRecord record(String topic, Input<String, Long> input) {
        if (!isTable(topic)) {
            return TestRecord.of(null, OracleRig.text(input));
        }
        Element<String, Long> element = input.elements().get(0);
        Item version = version(element);
        return TestRecord.of(element.key(), version == null ? null : version.toString())
                .timestamp(Instant.ofEpochMilli(versionMillis(element)));
    }

    static @Nullable Item version(Element<String, Long> element) {
        return element.value() % 6 == 5 ? null : new Item(element.key(), element.value());
    }

    /** Records have no timestamps before 1970. */
    static long versionMillis(Element<String, Long> element) {
        return Math.abs(element.timeMillis());
    }

    private boolean isTable(String topic) {
        return nodes().stream()
                .anyMatch(node -> node instanceof GraphNode.Versions versions
                        && versions.topic().equals(topic));
    }

    /** Whether what comes late to some of its operators stays out of them. */
    boolean hasNoCorrections() {
        return nodes().stream().anyMatch(GraphNode::hasNoCorrections);
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
        if (node instanceof GraphNode.Versions of) {
            return of.topic() + " " + of.watermark();
        } else if (node instanceof GraphNode.Enriched of) {
            return of.keepsUnmatched() ? "left" : "inner";
        } else if (node instanceof GraphNode.Near of) {
            return of.kind() + " " + of.lower() + " to " + of.upper();
        } else if (node instanceof GraphNode.Unique of) {
            return "within " + of.bound();
        } else if (node instanceof GraphNode.Visits of) {
            return "gap " + of.gap();
        }
        return node instanceof GraphNode.Running of ? of.fold().toString() : "";
    }
}
