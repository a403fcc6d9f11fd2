package io.tidemill.peers.tidemill;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.json.Json;
import io.tidemill.peers.Generator;
import io.tidemill.peers.PageView;
import io.tidemill.peers.Probe;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Job B. Arguments: events, lanes. */
public final class TidemillEngineOnly {
    private TidemillEngineOnly() {}

    public static void main(String[] args) {
        Probe.endWithParent();
        long events = Long.parseLong(args[0]);
        EngineOptions options = EngineOptions.defaults().lanes(Integer.parseInt(args[1]));
        Probe.mark("FIRST");
        Ledger ledger =
                Engine.on(new GeneratedLog(events), options).runUntilEnd(pipeline(events), (records, soFar) -> {});
        Probe.mark("DONE");
        Ledger.Records total = ledger.total();
        Probe.say("COUNTED read=" + total.read() + " finals=" + ledger.results() + " late=" + total.late() + " dead="
                + total.deadLettered());
        System.exit(total.read() == events && ledger.imbalances().isEmpty() ? 0 : 1);
    }

    private static Pipeline pipeline(long events) {
        Map<String, Aggregate<PageView, ?, ?>> parts = new LinkedHashMap<>();
        parts.put("count", Aggregate.count());
        parts.put("dwellMs", Aggregate.sum(view -> view.dwellMs));
        return Pipeline.named("engine-only")
                .from(Topic.of(GeneratedLog.INPUT, new GeneratedLog.EventCodec(events)))
                .eventTime(
                        view -> Instant.ofEpochMilli(view.eventTime),
                        Watermark.outOfOrderBy(Duration.ofMillis(Generator.LATENESS_MILLIS)))
                .keyBy(view -> view.pageId)
                .window(Tumbling.of(Duration.ofMillis(Generator.HOUR_MILLIS)))
                .aggregate(Aggregate.all(parts))
                .to("discarded", Json.results());
    }
}
