package io.tidemill.examples;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.json.Json;

/** Keeps half of the page views, those with an even dwell time, and counts them per page: a new count for every one. */
public final class RunningPageViews {
    private RunningPageViews() {}

    public static Pipeline pipeline() {
        return Pipeline.named("running-page-views")
                .from(Topic.of("page-views", Json.of(PageView.class)))
                .filter(view -> view.dwellMs() % 2 == 0)
                .keyBy(PageView::pageId)
                .aggregate(Aggregate.count())
                .to("page-view-counts", Json.results());
    }
}
