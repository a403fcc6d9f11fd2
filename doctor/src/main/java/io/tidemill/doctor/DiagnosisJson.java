package io.tidemill.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A diagnosis as programs read it. Fields are only ever added. */
final class DiagnosisJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private DiagnosisJson() {}

    static String write(Diagnosis diagnosis) {
        try {
            return MAPPER.writeValueAsString(tree(diagnosis));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a diagnosis cannot be written: " + e.getMessage(), e);
        }
    }

    private static ObjectNode tree(Diagnosis d) {
        ObjectNode tree = NODES.objectNode()
                .put("v", 1)
                .put("group", d.group())
                .put("healthy", d.isHealthy())
                .put("source", d.source().name())
                .put("from", time(d.from()))
                .put("to", time(d.to()))
                .put("rebalances", d.rebalances());
        if (d.pace() != null) {
            tree.set("pace", pace(d.pace()));
        }
        ArrayNode findings = tree.putArray("findings");
        d.findings().forEach(each -> findings.add(finding(each)));
        ArrayNode ruledOut = tree.putArray("ruledOut");
        d.ruledOut()
                .forEach(each ->
                        ruledOut.addObject().put("cause", each.cause().name()).put("seen", each.seen()));
        tree.set("offenders", offenders(d.offenders()));
        ArrayNode timeline = tree.putArray("timeline");
        d.timeline().forEach(each -> timeline.add(moment(each)));
        tree.set("notes", texts(d.notes()));
        return tree;
    }

    private static ObjectNode pace(Diagnosis.Pace pace) {
        ObjectNode node = NODES.objectNode();
        if (pace.every() != null) {
            node.put("everyMillis", pace.every().toMillis());
        }
        return node.put("medianPauseMillis", pace.medianPause().toMillis())
                .put("lostShare", pace.lostShare())
                .put("stopsAll", pace.stopsAll());
    }

    private static ObjectNode finding(Finding f) {
        ObjectNode node = NODES.objectNode()
                .put("cause", f.cause().name())
                .put("severity", f.severity().name())
                .put("confidence", f.confidence().name())
                .put("rebalances", f.rebalances())
                .put("incidents", f.incidents())
                .put("firstAt", time(f.firstAt()))
                .put("lastAt", time(f.lastAt()))
                .put("summary", f.summary());
        node.set("evidence", texts(f.evidence()));
        if (f.remedy() != null) {
            node.set("remedy", remedy(f.remedy()));
        }
        node.set(
                "alternatives", texts(f.alternatives().stream().map(Cause::name).toList()));
        node.set("offenders", offenders(f.offenders()));
        return node;
    }

    private static ObjectNode remedy(Remedy remedy) {
        ObjectNode node = NODES.objectNode()
                .put("change", remedy.change())
                .put("alternative", remedy.alternative())
                .put("cost", remedy.cost());
        ArrayNode settings = node.putArray("settings");
        remedy.settings()
                .forEach(each -> settings.addObject()
                        .put("name", each.name())
                        .put("from", each.from())
                        .put("to", each.to()));
        return node;
    }

    private static ObjectNode moment(Diagnosis.Moment moment) {
        return NODES.objectNode()
                .put("at", time(moment.at()))
                .put("type", moment.type().name())
                .put("generationBefore", moment.generationBefore())
                .put("generationAfter", moment.generationAfter())
                .put("durationMillis", moment.duration().toMillis())
                .put("cause", moment.cause().name())
                .put("severity", moment.severity().name())
                .put("who", moment.who());
    }

    private static ArrayNode offenders(List<Offender> offenders) {
        ArrayNode array = NODES.arrayNode();
        offenders.forEach(each -> array.addObject().put("client", each.client()).put("incidents", each.incidents()));
        return array;
    }

    private static ArrayNode texts(List<String> texts) {
        ArrayNode array = NODES.arrayNode();
        texts.forEach(array::add);
        return array;
    }

    private static @Nullable String time(@Nullable Instant at) {
        return at == null ? null : at.toString();
    }
}
