package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.cli.records.RecordWriter;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.examples.Flight;
import io.tidemill.examples.Flights;
import io.tidemill.examples.HourlyDepartures;
import io.tidemill.json.Json;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.operations.Advice;
import io.tidemill.operations.AdviceRequest;
import io.tidemill.operations.Advisor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The advisor's promise, on real data: what it says a bound would make late, a run with that bound counts as late. */
class FlightsAdviceTest {
    private static final int PARTITIONS = 4;

    @TempDir
    Path directory;

    @Test
    void whatIsAdvisedIsWhatARunCounts() {
        try (EmbeddedLog log = EmbeddedLog.open(directory, LogOptions.defaults().durability(Durability.OS))) {
            load(log);
            Duration hour = Duration.ofHours(1);
            Advice advice = Advisor.of(log, HourlyDepartures.pipeline())
                    .advise(AdviceRequest.ofAll().bounds(List.of(hour)), (done, total) -> {});
            assertThat(advice.history().elements()).isEqualTo(20_000);
            assertThat(advice.recommended()).isEqualTo(Duration.ofHours(6));
            for (Duration bound : List.of(advice.recommended(), advice.boundInForce(), hour, Duration.ofHours(2))) {
                Ledger.Records counted = Engine.on(log, EngineOptions.defaults())
                        .runUntilEnd(withBound(bound), (records, ledger) -> {})
                        .total();
                // The promise is a tenth of the share; it is exact, because what is late is a function of the log.
                assertThat(advice.candidate(bound).lateRecords())
                        .as(bound.toString())
                        .isEqualTo(counted.late());
                assertThat(advice.candidate(bound).lateShare()).isEqualTo((double) counted.late() / counted.read());
            }
            assertThat(advice.inForce().lateRecords()).isEqualTo(1_474);
        }
    }

    private static Pipeline withBound(Duration bound) {
        return Pipeline.named("departures-" + bound.toMinutes())
                .from(Topic.of("departures", Json.of(Flight.class)))
                .eventTime(Flight::scheduled, Watermark.outOfOrderBy(bound))
                .keyBy(Flight::origin)
                .window(Tumbling.of(Duration.ofHours(1)))
                .correctableFor(Duration.ofDays(120))
                .aggregate(Aggregate.count())
                .to("departures-per-hour-" + bound.toMinutes(), Json.results());
    }

    private static void load(EmbeddedLog log) {
        log.createTopic("departures", TopicConfig.of(PARTITIONS));
        RecordWriter writer = new RecordWriter(log, "departures", PARTITIONS);
        ByteSink sink = new ByteSink();
        for (Flight flight : Flights.inOrderOfArrival()) {
            sink.reset();
            flight.writeTo(sink);
            writer.add(flight.arrivalMillis(), flight.key(), ByteBuffer.wrap(sink.array(), 0, sink.size()));
        }
        writer.flush();
    }
}
