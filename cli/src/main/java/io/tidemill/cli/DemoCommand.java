package io.tidemill.cli;

import io.tidemill.cli.demo.DemoDirectory;
import io.tidemill.cli.demo.FlightsDemo;
import io.tidemill.cli.demo.LiveDemo;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.process.Surroundings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
        name = "demo",
        description = {
            "Shows what Tidemill does, from loading to the audit.",
            "Without --rate: 20,000 real flights, in the order in which they arrived, counted per airport and hour."
                    + " With --rate: synthetic page views, live, counted per page and second.",
            "The data stay for you to look at: in ./data/demo, which the next demo begins anew, or in --data DIR, which"
                    + " must be new or empty."
        },
        footer = {
            "",
            "Exit code 0 says that the ledger balances, that all late records are corrected or told, that the audit is"
                    + " equal and, with --rate, that the rate was held."
        })
final class DemoCommand extends DataCommand {
    private static final Path DATA_DEFAULT = Path.of("data", "demo");
    private static final int RATE_MAX = 10_000_000;
    private static final int SECONDS_MAX = 86_400;
    private static final int SECONDS_DEFAULT = 30;

    @Option(names = "--rate", paramLabel = "N", description = "Page views per second, live; for instance 100000.")
    @Nullable
    Integer rate;

    @Option(names = "--seconds", paramLabel = "N", description = "With --rate: for how long; 30 unless set.")
    @Nullable
    Integer seconds;

    DemoCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        if (rate == null && seconds != null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--seconds goes with --rate: give both");
        }
        requireRange("--rate", rate, RATE_MAX);
        requireRange("--seconds", seconds, SECONDS_MAX);
        Path directory = data.data == null ? DemoDirectory.own(DATA_DEFAULT) : DemoDirectory.given(data.data);
        int lasting = seconds == null ? SECONDS_DEFAULT : seconds;
        return withData(
                directory,
                log -> rate == null
                        ? new FlightsDemo(log, directory, output).run()
                        : new LiveDemo(log, directory, rate, lasting, output).run());
    }

    private void requireRange(String option, @Nullable Integer value, int most) {
        if (value != null && (value < 1 || value > most)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), option + " is 1 to " + most + ", not " + value);
        }
    }
}
