package io.tidemill.examples;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.json.Json;
import java.time.Duration;

/**
 * Counts the views of every page in every second, and waits one second for stragglers: with
 * {@link LatenessProfile#SECONDS}, late records are there to be seen within half a minute.
 */
public final class PageViewsLive {
    private PageViewsLive() {}

    public static Pipeline pipeline() {
        return Pipeline.named("page-views-live")
                .from(Topic.of("page-views", Json.of(PageView.class)))
                .eventTime(PageView::happenedAt, Watermark.outOfOrderBy(Duration.ofSeconds(1)))
                .keyBy(PageView::pageId)
                .window(Tumbling.of(Duration.ofSeconds(1)))
                .aggregate(Aggregate.count())
                .to("page-views-per-second", Json.results());
    }
}
