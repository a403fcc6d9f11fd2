package io.tidemill.cli.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.engine.PipelineStatus;
import io.tidemill.log.TopicPartition;
import io.tidemill.operations.ExplainPlan;
import io.tidemill.operations.StateSize;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** A pipeline's explanation as an object. */
public final class ExplainText {
    private ExplainText() {}

    /** @param sizes what the pipeline remembers now, by operator; none where that is not known */
    public static ObjectNode json(
            ExplainPlan plan, List<StateSize> sizes, SortedMap<TopicPartition, PipelineStatus.Progress> progress) {
        ObjectNode json = Json.object("pipeline").put("name", plan.pipeline());
        ArrayNode operators = json.putArray("operators");
        plan.operators().forEach(each -> {
            ObjectNode operator = operators.addObject().put("name", each.name()).put("does", each.does());
            each.inputs().forEach(operator.putArray("inputs")::add);
        });
        ArrayNode times = json.putArray("times");
        plan.times()
                .forEach(time -> times.addObject()
                        .put("operator", time.operator())
                        .put("bound", time.bound().toString())
                        .put("generated", time.isGenerated())
                        .put("idleAfter", time.idleAfter().toString())
                        .put("aheadMax", time.aheadMax().toString()));
        ArrayNode allWindows = json.putArray("windows");
        plan.windows().forEach(windows -> {
            ZoneId zone = windows.zone();
            allWindows
                    .addObject()
                    .put("operator", windows.operator())
                    .put("windowing", windows.windowing())
                    .put("zone", zone == null ? null : zone.getId())
                    .put("early", windows.early())
                    .put("allowedLateness", windows.allowedLateness().toString())
                    .put("correctableFor", windows.correctableFor().toString());
        });
        ArrayNode topics = json.putArray("topics");
        plan.topics()
                .forEach(each -> topics.addObject()
                        .put("topic", each.topic())
                        .put("use", each.isRead() ? "reads" : "writes")
                        .put("holds", each.holds())
                        .put("format", each.format())
                        .put("kept", each.kept()));
        ArrayNode state = json.putArray("state");
        plan.state()
                .forEach(each -> state.addObject()
                        .put("name", each.name())
                        .put("holds", each.holds())
                        .put("topic", each.topic()));
        ArrayNode sources = json.putArray("sourcesNow");
        progress.forEach((partition, at) -> put(sources.addObject(), partition, at));
        ArrayNode now = json.putArray("stateNow");
        sizes.forEach(size -> put(now.addObject(), size));
        plan.warnings().forEach(json.putArray("warnings")::add);
        return json;
    }

    private static void put(ObjectNode json, TopicPartition partition, PipelineStatus.Progress at) {
        json.put("topic", partition.topic())
                .put("partition", partition.partition())
                .put("newest", instant(at.newestMillis()))
                .put("watermark", instant(at.watermarkMillis()))
                .put("idle", at.idle())
                .put("unread", at.unread());
    }

    private static @Nullable String instant(long millis) {
        return millis == Long.MIN_VALUE ? null : Instant.ofEpochMilli(millis).toString();
    }

    private static void put(ObjectNode json, StateSize size) {
        json.put("operator", size.operator())
                .put("entries", size.entries())
                .put("bytes", size.bytes())
                .put("openWindows", size.openWindows())
                .put("correctableWindows", size.correctableWindows())
                .put("slices", size.slices())
                .put("deferred", size.deferred())
                .put("closedEntries", size.closedEntries())
                .put("closedBytes", size.closedBytes())
                .put("changelogBytes", size.changelogBytes())
                .put("hasStore", size.hasStore());
    }
}
