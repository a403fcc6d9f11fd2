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

    private static Difference of(String script, String kafka, String tidemill, String reason) {
        return new Difference(Pattern.compile(script), Pattern.compile(kafka), Pattern.compile(tidemill), reason);
    }

    private static final List<Difference> ALL = List.of(
            of(
                    "a consumer group",
                    "JoinGroup .*\"errorCode\":79",
                    "JoinGroup .*\"errorCode\":23",
                    "A classic member is refused by a consumer group that has members: groups change their kind when"
                            + " they are empty."),
            of(
                    "group|member",
                    "DescribeGroups .*\"groupState\":\"Dead\"",
                    "DescribeGroups .*\"groupState\":\"Empty\"",
                    "A group that somebody is about to join is shown as empty, not as if it were not there."),
            of(
                    "static members",
                    "DescribeGroups .*\"groupInstanceId\":\"one\",\"clientId\":\"a\"",
                    "DescribeGroups .*\"groupInstanceId\":\"one\",\"clientId\":\"b\"",
                    "A static member that was replaced is shown with the client that it is now."),
            of(
                    "offsets of a group",
                    "OffsetDelete .*\"errorCode\":0",
                    "OffsetDelete .*\"errorCode\":69",
                    "A group without members whose last offset is deleted is gone."),
            of(
                    "protocols|group|members",
                    "DescribeGroups .*\"groupState\":\"CompletingRebalance\".*\"memberAssignment\":\"c2",
                    "DescribeGroups .*\"groupState\":\"CompletingRebalance\".*\"memberAssignment\":\"\"",
                    "While a rebalance is under way, nobody is shown with the assignment of before."));

    static boolean excuse(String script, String kafka, String tidemill) {
        return ALL.stream()
                .anyMatch(each -> each.script.matcher(script).find()
                        && each.kafka.matcher(kafka).find()
                        && each.tidemill.matcher(tidemill).find());
    }
}
