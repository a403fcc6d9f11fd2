package io.tidemill.cli.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.log.TopicPartition;
import io.tidemill.operations.groups.GroupMember;
import io.tidemill.operations.groups.GroupReport;
import io.tidemill.operations.groups.PartitionLag;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A group as people and machines read it. */
public final class GroupText {
    private static final int MEMBERS_SHOWN = 50;

    private GroupText() {}

    public static List<String> lines(GroupReport report, Instant now) {
        List<String> lines = new ArrayList<>();
        lines.add("Group '" + Text.printable(report.group()) + "' (" + report.type() + "): " + report.state()
                + (report.assignor().isEmpty() ? "" : ", assignor " + Text.printable(report.assignor()))
                + (report.coordinator().isEmpty() ? "" : ", coordinator " + report.coordinator()));
        lines.add("");
        lines.add(report.members().isEmpty() ? "It has no members now." : members(report));
        if (!report.partitions().isEmpty()) {
            lines.add("");
            lines.add(partitions(report, now));
            lines.add("");
            boolean anyCommitted = report.partitions().stream().anyMatch(each -> each.committed() != null);
            lines.add(
                    anyCommitted
                            ? Text.count(report.lagRecords(), "record") + " behind in all."
                            : "It has committed no offset yet.");
        }
        report.warnings().forEach(warning -> lines.add("Warning: " + warning));
        return lines;
    }

    private static String members(GroupReport report) {
        Table table = new Table().text("member").text("client").text("host").text("reads");
        for (GroupMember member : report.members()
                .subList(0, Math.min(MEMBERS_SHOWN, report.members().size()))) {
            table.row(
                    Text.printable(name(member)),
                    Text.printable(member.clientId()),
                    Text.printable(member.host()),
                    assignment(member));
        }
        int more = report.members().size() - MEMBERS_SHOWN;
        return table + (more > 0 ? "\n… and " + Text.count(more, "other member") : "");
    }

    private static String name(GroupMember member) {
        return member.instanceId() == null ? member.memberId() : member.instanceId() + " (static)";
    }

    /** {@code orders: 0, 1; payments: 3}. */
    private static String assignment(GroupMember member) {
        Map<String, List<String>> byTopic = new TreeMap<>();
        for (TopicPartition partition : member.assignment()) {
            byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                    .add(String.valueOf(partition.partition()));
        }
        List<String> topics = new ArrayList<>();
        byTopic.forEach((topic, numbers) -> topics.add(topic + ": " + String.join(", ", numbers)));
        return topics.isEmpty() ? "nothing" : String.join("; ", topics);
    }

    private static String partitions(GroupReport report, Instant now) {
        Map<String, String> names = new HashMap<>();
        report.members().forEach(member -> names.put(member.memberId(), member.clientId()));
        Table table = new Table()
                .text("partition")
                .number("committed")
                .number("end")
                .number("lag, records")
                .number("lag, time")
                .text("last commit")
                .text("read by");
        for (PartitionLag lag : report.partitions()) {
            table.row(
                    lag.partition(),
                    orDash(lag.committed()),
                    lag.end(),
                    orDash(lag.lagRecords()),
                    lag.lagTime() == null ? "-" : Text.duration(rounded(lag.lagTime())),
                    lag.lastCommit() == null
                            ? "-"
                            : Text.duration(rounded(Duration.between(lag.lastCommit(), now))) + " ago",
                    lag.member() == null ? "nobody" : Text.printable(names.getOrDefault(lag.member(), lag.member())));
        }
        return table.toString();
    }

    private static Duration rounded(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : Duration.ofMillis(duration.toMillis() / 100 * 100);
    }

    private static Object orDash(@Nullable Long number) {
        return number == null ? "-" : number;
    }

    public static ObjectNode json(GroupReport report) {
        ObjectNode json = Json.object("group")
                .put("group", report.group())
                .put("groupType", report.type())
                .put("state", report.state())
                .put("assignor", report.assignor())
                .put("coordinator", report.coordinator())
                .put("lagRecords", report.lagRecords());
        ArrayNode members = json.putArray("members");
        for (GroupMember member : report.members()) {
            ObjectNode each = members.addObject().put("memberId", member.memberId());
            each.put("instanceId", member.instanceId())
                    .put("clientId", member.clientId())
                    .put("host", member.host());
            ArrayNode assignment = each.putArray("assignment");
            member.assignment().forEach(partition -> assignment.add(partition.toString()));
        }
        ArrayNode partitions = json.putArray("partitions");
        report.partitions().forEach(lag -> add(lag, partitions.addObject()));
        report.warnings().forEach(json.putArray("warnings")::add);
        return json;
    }

    private static void add(PartitionLag lag, ObjectNode json) {
        json.put("topic", lag.partition().topic())
                .put("partition", lag.partition().partition())
                .put("member", lag.member())
                .put("committed", lag.committed())
                .put("start", lag.start())
                .put("end", lag.end())
                .put("lagRecords", lag.lagRecords())
                .put("oldestUnread", text(lag.oldestUnread()))
                .put(
                        "lagMillis",
                        lag.lagTime() == null ? null : (Long) lag.lagTime().toMillis())
                .put("lastCommit", text(lag.lastCommit()))
                .put("lostRecords", lag.lostRecords());
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }
}
