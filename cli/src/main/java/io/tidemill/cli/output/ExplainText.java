package io.tidemill.cli.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.operations.ExplainPlan;
import io.tidemill.operations.StateSize;
import org.jspecify.annotations.Nullable;

/** A pipeline's explanation as an object. */
public final class ExplainText {
    private ExplainText() {}

    /** @param size what the pipeline remembers now; null where that is not known */
    public static ObjectNode json(ExplainPlan plan, @Nullable StateSize size) {
        ObjectNode json = Json.object("pipeline").put("name", plan.pipeline());
        ArrayNode operators = json.putArray("operators");
        plan.operators()
                .forEach(each -> operators.addObject().put("name", each.name()).put("does", each.does()));
        ExplainPlan.Time time = plan.time();
        if (time != null) {
            json.putObject("time")
                    .put("bound", time.bound().toString())
                    .put("idleAfter", time.idleAfter().toString())
                    .put("aheadMax", time.aheadMax().toString());
        }
        ExplainPlan.Windows windows = plan.windows();
        if (windows != null) {
            json.putObject("windows")
                    .put("windowing", windows.windowing())
                    .put("zone", windows.zone() == null ? null : windows.zone().getId())
                    .put("early", windows.early())
                    .put("allowedLateness", windows.allowedLateness().toString())
                    .put("correctableFor", windows.correctableFor().toString());
        }
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
        if (size != null) {
            json.putObject("stateNow")
                    .put("operator", size.operator())
                    .put("entries", size.entries())
                    .put("bytes", size.bytes())
                    .put("openWindows", size.openWindows())
                    .put("correctableWindows", size.correctableWindows())
                    .put("slices", size.slices())
                    .put("deferred", size.deferred())
                    .put("closedEntries", size.closedEntries())
                    .put("closedBytes", size.closedBytes())
                    .put("changelogBytes", size.changelogBytes());
        }
        plan.warnings().forEach(json.putArray("warnings")::add);
        return json;
    }
}
