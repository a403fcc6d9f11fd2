package io.tidemill.examples;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.json.Json;
import java.time.Duration;

/** Counts the departures of every airport in every hour. Its input is {@link Flights}. */
public final class HourlyDepartures {
    private HourlyDepartures() {}

    public static Pipeline pipeline() {
        return Pipeline.named("hourly-departures")
                .from(Topic.of("departures", Json.of(Flight.class)))
                .eventTime(Flight::scheduled, Watermark.outOfOrderBy(Duration.ofMinutes(10)))
                .keyBy(Flight::origin)
                .window(Tumbling.of(Duration.ofHours(1)))
                .correctableFor(Duration.ofDays(120))
                .aggregate(Aggregate.count())
                .to("departures-per-hour", Json.results());
    }
}
