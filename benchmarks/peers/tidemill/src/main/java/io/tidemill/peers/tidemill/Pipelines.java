package io.tidemill.peers.tidemill;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.json.Json;
import io.tidemill.peers.Generator;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** The jobs, as a user of Tidemill writes them. */
final class Pipelines {
    private Pipelines() {}

    static Pipeline perHour(String id, String input, String output) {
        Map<String, Aggregate<View, ?, ?>> parts = new LinkedHashMap<>();
        parts.put("count", Aggregate.count());
        parts.put("dwellMs", Aggregate.sum(View::dwellMs));
        return Pipeline.named(id)
                .from(Topic.of(input, Json.of(View.class)))
                .eventTime(View::happenedAt, Watermark.outOfOrderBy(Duration.ofMillis(Generator.LATENESS_MILLIS)))
                .keyBy(View::pageId)
                .window(Tumbling.of(Duration.ofMillis(Generator.HOUR_MILLIS)))
                .aggregate(Aggregate.all(parts))
                .to(output, Json.results());
    }

    static Pipeline running(String id, String input, String output) {
        return Pipeline.named(id)
                .from(Topic.of(input, Json.of(View.class)))
                .filter(view -> view.dwellMs() % 2 == 0)
                .keyBy(View::pageId)
                .aggregate(Aggregate.count())
                .to(output, Json.results());
    }
}
