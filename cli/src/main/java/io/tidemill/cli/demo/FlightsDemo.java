package io.tidemill.cli.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Pipeline;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Progress;
import io.tidemill.cli.output.Summary;
import io.tidemill.cli.output.Table;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.pipelines.UntilEnd;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.records.RecordWriter;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.examples.Flight;
import io.tidemill.examples.Flights;
import io.tidemill.examples.HourlyDepartures;
import io.tidemill.log.Log;
import io.tidemill.log.TopicConfig;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** Real flights, from the file to the audit. */
public final class FlightsDemo {
    private static final String TOPIC = "departures";
    private static final int PARTITIONS = 4;

    private final Log log;
    private final Path directory;
    private final Output output;
    private final Phases phases;

    public FlightsDemo(Log log, Path directory, Output output) {
        this.log = log;
        this.directory = directory;
        this.output = output;
        this.phases = new Phases(log, output);
    }

    /** Returns the exit code. */
    public int run() {
        long start = System.nanoTime();
        Pipeline pipeline = HourlyDepartures.pipeline();
        Engine engine = Engine.on(log, EngineOptions.defaults());
        output.say("Flights of January to March 2001, counted per airport and hour. A flight is counted in the hour for"
                + " which it was scheduled, however late its record comes.");
        output.say("Data: " + directory + ", durability " + log.durability() + ".");
        output.say("");
        load();
        phases.begin();
        Ledger ledger = new UntilEnd(log, engine).run(pipeline, output);
        phases.end(
                "run",
                Text.count(ledger.total().read(), "record") + " read, "
                        + Text.count(ledger.results(), "result") + " emitted, "
                        + Text.count(ledger.total().late(), "record")
                        + " late");
        Spotlight spotlight = Spotlight.on(log, pipeline);
        Account account = phases.close(engine, pipeline);
        tell(account, spotlight);
        ObjectNode summary = Summary.of("demo");
        account.put(summary);
        Summary.putRun(summary, System.nanoTime() - start, log.durability().toString());
        output.object(summary.put("data", directory.toString()));
        return account.isFine() ? ExitCode.FINE : ExitCode.FOUND_WRONG;
    }

    private void load() {
        phases.begin();
        List<Flight> flights = Flights.inOrderOfArrival();
        log.createTopic(TOPIC, TopicConfig.of(PARTITIONS));
        RecordWriter writer = new RecordWriter(log, TOPIC, PARTITIONS);
        ByteSink sink = new ByteSink();
        try (Progress progress = output.progress("load", flights.size(), Progress.Unit.RECORDS)) {
            for (Flight flight : flights) {
                sink.reset();
                flight.writeTo(sink);
                writer.add(flight.arrivalMillis(), flight.key(), ByteBuffer.wrap(sink.array(), 0, sink.size()));
                progress.to(writer.written());
            }
            writer.flush();
            progress.to(writer.written());
        }
        phases.end(
                "load",
                Text.count(writer.written(), "record") + " into topic '" + TOPIC + "', "
                        + Text.count(PARTITIONS, "partition") + ", in the order of arrival");
    }

    private void tell(Account account, Spotlight spotlight) {
        Table results = spotlight.table("airport");
        if (results != null) {
            output.say("");
            output.say("Some of the results, which late records have changed:");
            output.say("");
            output.say(results.toString());
        }
        output.say("");
        account.tell(output);
        output.say("");
        output.say("Look around:");
        output.say("  ./tidemill results departures-per-hour --format csv --data " + directory);
        output.say("  ./tidemill tail hourly-departures.late --max 5 --data " + directory);
        output.say("  ./tidemill audit hourly-departures --data " + directory);
        output.say("  ./tidemill explain hourly-departures");
        output.say("Then see it live: ./tidemill demo --rate 100000 --seconds 30");
    }
}
