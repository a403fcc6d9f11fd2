package io.tidemill.compat.differential;

import java.util.List;
import java.util.regex.Pattern;

/** Where Tidemill answers otherwise than Kafka on purpose. The same list is in docs/kafka-protocol.md. */
final class PurposefulDifferences {
    private PurposefulDifferences() {}

    /**
     * @param script whose name matches
     * @param kafka what Kafka's answer looks like
     * @param tidemill what ours looks like
     */
    private record Difference(Pattern script, Pattern kafka, Pattern tidemill, String reason) {}

    private static final List<Difference> ALL = List.of();

    static boolean excuse(String script, String kafka, String tidemill) {
        return ALL.stream()
                .anyMatch(each -> each.script.matcher(script).find()
                        && each.kafka.matcher(kafka).find()
                        && each.tidemill.matcher(tidemill).find());
    }
}
