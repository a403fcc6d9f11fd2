package io.tidemill.examples;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.json.Json;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Counts the views of every page in every hour and adds up how long users stayed. */
public final class PageViewsPerHour {
    private PageViewsPerHour() {}

    public static Pipeline pipeline() {
        Map<String, Aggregate<PageView, ?, ?>> parts = new LinkedHashMap<>();
        parts.put("count", Aggregate.count());
        parts.put("dwellMs", Aggregate.sum(PageView::dwellMs));
        return Pipeline.named("hourly-page-views")
                .from(Topic.of("page-views", Json.of(PageView.class)))
                .eventTime(PageView::happenedAt, Watermark.outOfOrderBy(Duration.ofMinutes(10)))
                .keyBy(PageView::pageId)
                .window(Tumbling.of(Duration.ofHours(1)))
                .aggregate(Aggregate.all(parts))
                .to("page-views-per-hour", Json.results());
    }
}
