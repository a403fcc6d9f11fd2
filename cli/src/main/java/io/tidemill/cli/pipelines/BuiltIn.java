package io.tidemill.cli.pipelines;

import io.tidemill.api.Pipeline;
import io.tidemill.examples.BusiestHours;
import io.tidemill.examples.HourlyDepartures;
import io.tidemill.examples.PageViewsLive;
import io.tidemill.examples.PageViewsPerHour;
import io.tidemill.examples.RunningPageViews;
import io.tidemill.examples.nexmark.query.Queries;
import java.util.List;
import java.util.stream.Stream;

/** The pipelines that come with the command, under their own names. */
final class BuiltIn {
    private static final List<Pipeline> ALL = Stream.concat(
                    Stream.of(
                            HourlyDepartures.pipeline(),
                            BusiestHours.sliding(),
                            BusiestHours.growingDays(),
                            PageViewsPerHour.pipeline(),
                            PageViewsLive.pipeline(),
                            RunningPageViews.pipeline()),
                    Queries.all().stream())
            .toList();

    private BuiltIn() {}

    static List<Pipeline> all() {
        return ALL;
    }

    static String names() {
        return String.join(", ", ALL.stream().map(Pipeline::name).toList());
    }
}
