package io.tidemill.examples;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Cumulative;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.json.Json;
import java.time.Duration;
import java.time.ZoneId;

/** When an airport is busy: departures in any three hours, and those of the day so far. Its input is {@link Flights}. */
public final class BusiestHours {
    private BusiestHours() {}

    /** Departures of every airport in three hours, told every hour. The largest are its busiest hours. */
    public static Pipeline sliding() {
        return departures("busiest-hours")
                .window(Sliding.of(Duration.ofHours(3), Duration.ofHours(1)))
                .correctableFor(Duration.ofDays(120))
                .aggregate(Aggregate.count())
                .to("departures-in-three-hours", Json.results());
    }

    /**
     * Departures of every airport since midnight in New York, told every hour. The day on which clocks are put forward, 1 April
     * 2001, has 23 such windows. (The data name no zones, so that their times are New York's is only assumed.)
     */
    public static Pipeline growingDays() {
        return departures("departures-so-far")
                .window(Cumulative.of(Duration.ofDays(1), Duration.ofHours(1)).in(ZoneId.of("America/New_York")))
                .correctableFor(Duration.ofDays(120))
                .aggregate(Aggregate.count())
                .to("departures-of-the-day", Json.results());
    }

    private static KeyedStream<String, Flight> departures(String name) {
        return Pipeline.named(name)
                .from(Topic.of("departures", Json.of(Flight.class)))
                .eventTime(Flight::scheduled, Watermark.outOfOrderBy(Duration.ofMinutes(10)))
                .keyBy(Flight::origin);
    }
}
