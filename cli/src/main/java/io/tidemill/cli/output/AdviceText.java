package io.tidemill.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.log.TopicPartition;
import io.tidemill.operations.Advice;
import io.tidemill.operations.Advice.Candidate;
import io.tidemill.operations.Advice.Lateness;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Advice on a watermark, as people and machines read it. */
public final class AdviceText {
    private static final int PARTITIONS_SHOWN = 50;

    private final Advice advice;

    public AdviceText(Advice advice) {
        this.advice = advice;
    }

    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("Pipeline '" + advice.pipeline() + "', topic '" + advice.topic() + "', " + advice.windows()
                + (advice.allowedLateness().isZero()
                        ? ""
                        : ", allowed lateness " + Text.duration(advice.allowedLateness()))
                + ". Bound in force: " + Text.duration(advice.boundInForce()) + ".");
        lines.add(history());
        lines.add("");
        lines.add("How far elements were behind the newest of their partition:");
        lines.add("");
        lines.add(lateness());
        lines.add("");
        lines.add("What each bound would have done with them:");
        lines.add("");
        lines.add(candidates());
        lines.add("");
        lines.add(
                "Results come so far after their window's end, in event time; accumulators are one per key and open window,"
                        + " bytes estimated.");
        lines.add("");
        lines.add("Recommended bound: " + Text.duration(advice.recommended()) + ".");
        advice.conclusion().forEach(each -> lines.add("  " + each));
        advice.warnings().forEach(each -> lines.add("Warning: " + Text.printable(each)));
        return lines;
    }

    private String history() {
        Advice.History history = advice.history();
        return Text.count(history.records(), "record") + (history.isPart() ? " of more" : "") + ", "
                + time(history.earliest()) + " to " + time(history.newest()) + " by event time: "
                + Text.count(history.elements(), "element") + ", " + Text.count(history.filtered())
                + " records filtered, " + Text.count(history.deadLettered(), "dead letter") + ".";
    }

    private static String time(@Nullable Instant instant) {
        return instant == null ? "-" : instant.toString().substring(0, 16).replace('T', ' ');
    }

    private String lateness() {
        Table table = new Table()
                .text("partition")
                .number("elements")
                .number("p50")
                .number("p90")
                .number("p95")
                .number("p99")
                .number("p99.9")
                .number("max");
        int shown = 0;
        for (var each : advice.partitions().entrySet()) {
            if (advice.partitions().size() > 1 && shown++ < PARTITIONS_SHOWN) {
                row(table, each.getKey().toString(), each.getValue());
            }
        }
        row(table, "all", advice.lateness());
        if (advice.live() != null) {
            row(table, "all, seen by the pipeline", advice.live().lateness());
        }
        int more = advice.partitions().size() - PARTITIONS_SHOWN;
        return table + (more > 0 ? "\n… and " + Text.count(more, "other partition") : "");
    }

    private static void row(Table table, String name, Lateness lateness) {
        table.row(
                Text.printable(name),
                lateness.elements(),
                Text.duration(lateness.p50()),
                Text.duration(lateness.p90()),
                Text.duration(lateness.p95()),
                Text.duration(lateness.p99()),
                Text.duration(lateness.p999()),
                Text.duration(lateness.max()));
    }

    private String candidates() {
        Table table = new Table()
                .number("bound")
                .text("why")
                .number("late records")
                .number("share")
                .number("results after")
                .number("at most")
                .number("accumulators")
                .number("at peak")
                .number("bytes at peak");
        for (Candidate each : advice.candidates()) {
            table.row(
                    Text.duration(each.bound()),
                    String.join(", ", each.why()),
                    each.lateRecords(),
                    share(each.lateShare()),
                    Text.duration(each.delayTypical()),
                    Text.duration(each.delayMax()),
                    each.accumulatorsTypical(),
                    each.accumulatorsPeak(),
                    Text.bytes(each.bytesPeak()));
        }
        return table.toString();
    }

    private static String share(double share) {
        return String.format(Locale.ROOT, "%.2f %%", share * 100);
    }

    // ---- for machines ----

    /** An object per partition, then one for all of them, then one per candidate. */
    public List<ObjectNode> objects() {
        List<ObjectNode> objects = new ArrayList<>();
        for (var each : advice.partitions().entrySet()) {
            TopicPartition partition = each.getKey();
            ObjectNode object =
                    Json.object("lateness").put("topic", partition.topic()).put("partition", partition.partition());
            objects.add(put(object, each.getValue()));
        }
        objects.add(put(Json.object("lateness").put("topic", advice.topic()), advice.lateness()));
        Advice.Live live = advice.live();
        if (live != null) {
            objects.add(put(Json.object("liveLateness").put("topic", advice.topic()), live.lateness())
                    .put("lateShareInForce", live.lateShareInForce())
                    .put("lateShareRecommended", live.lateShareRecommended()));
        }
        advice.candidates().forEach(each -> objects.add(object(each)));
        // Of a graph there are several advices, one after the other.
        objects.forEach(each -> each.put("operator", advice.operator()));
        return objects;
    }

    private static ObjectNode put(ObjectNode object, Lateness lateness) {
        return object.put("elements", lateness.elements())
                .put("p50Millis", lateness.p50().toMillis())
                .put("p90Millis", lateness.p90().toMillis())
                .put("p95Millis", lateness.p95().toMillis())
                .put("p99Millis", lateness.p99().toMillis())
                .put("p999Millis", lateness.p999().toMillis())
                .put("maxMillis", lateness.max().toMillis());
    }

    private ObjectNode object(Candidate candidate) {
        ObjectNode object = Json.object("candidate")
                .put("topic", advice.topic())
                .put("boundMillis", candidate.bound().toMillis());
        candidate.why().forEach(object.putArray("why")::add);
        return object.put("lateRecords", candidate.lateRecords())
                .put("onTimeRecords", candidate.onTimeRecords())
                .put("lateShare", candidate.lateShare())
                .put("lateWindows", candidate.lateWindows())
                .put("delayTypicalMillis", candidate.delayTypical().toMillis())
                .put("delayMaxMillis", candidate.delayMax().toMillis())
                .put("accumulatorsTypical", candidate.accumulatorsTypical())
                .put("accumulatorsPeak", candidate.accumulatorsPeak())
                .put("bytesTypical", candidate.bytesTypical())
                .put("bytesPeak", candidate.bytesPeak());
    }

    /** Adds what is advised to a summary. */
    public void put(ObjectNode summary) {
        Advice.History history = advice.history();
        summary.put("topic", advice.topic())
                .put("windows", advice.windows())
                .put("operator", advice.operator())
                .put("allowedLatenessMillis", advice.allowedLateness().toMillis())
                .put("boundInForceMillis", advice.boundInForce().toMillis())
                .put("recommendedMillis", advice.recommended().toMillis())
                .put("records", history.records())
                .put("filtered", history.filtered())
                .put("deadLettered", history.deadLettered())
                .put("elements", history.elements())
                .put("earliest", text(history.earliest()))
                .put("newest", text(history.newest()))
                .put("isPart", history.isPart());
        advice.conclusion().forEach(summary.putArray("conclusion")::add);
        advice.warnings().forEach(summary.putArray("warnings")::add);
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }
}
