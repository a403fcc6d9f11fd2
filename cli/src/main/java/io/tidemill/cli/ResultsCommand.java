package io.tidemill.cli;

import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.cli.records.ResultsCsv;
import io.tidemill.cli.records.ResultsReader;
import io.tidemill.cli.records.StoredResult;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
        name = "results",
        description = {
            "Prints the newest revision of every result in a topic, sorted by key and window.",
            "Each is a JSON object with the fields key, windowStart, windowEnd, revision and value: the record as it is"
                    + " where it is one already."
        })
final class ResultsCommand extends LogCommand {
    @Parameters(paramLabel = "TOPIC")
    String topic = "";

    @Option(
            names = "--format",
            paramLabel = "ndjson|csv",
            description = "One JSON object per line (default), or CSV with a header line.")
    Format format = Format.NDJSON;

    enum Format {
        NDJSON,
        CSV
    }

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description = "Show windows also as the clocks of a time zone do, America/New_York for example.")
    @Nullable
    ZoneId zone;

    ResultsCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        if (options.json && format == Format.CSV) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--json and --format csv exclude each other: choose one");
        }
        return withExistingLog(log -> {
            ResultsReader reader = new ResultsReader(log, requireTopic(log, topic), key -> true);
            List<StoredResult> results = reader.read();
            if (format == Format.CSV) {
                ResultsCsv.write(results, zone, output::line);
            } else {
                results.forEach(result -> output.line(result.line(zone)));
            }
            if (reader.keyless() > 0) {
                output.note(Text.count(reader.keyless(), "record") + " without a key left out: they are no results.");
            }
            return ExitCode.FINE;
        });
    }
}
