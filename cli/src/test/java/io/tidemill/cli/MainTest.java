package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.cli.Cli.Outcome;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
    @TempDir
    Path temp;

    private Cli cli() {
        return new Cli(temp.resolve("data"));
    }

    @Test
    void helpAndVersion() {
        assertThat(cli().bare("--help").out()).contains("Usage: tidemill", "demo", "topics", "explain", "Exit codes");
        assertThat(cli().bare("--version").out()).startsWith("tidemill ").contains("Java ");
        assertThat(cli().bare("--help").exitCode()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Subcommands.class)
    void everyCommandIsFoundByItsName(Subcommands command) {
        String name = command.type().getAnnotation(CommandLine.Command.class).name();
        assertThat(Subcommands.wanted(name, "--help")).isEqualTo(List.of(command.type()));
        assertThat(cli().bare(name, "--help").out()).startsWith("Usage: tidemill " + name);
        assertThat(cli().bare("--help").out()).contains("  " + name + " ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "topics",
                "topics create",
                "topics list",
                "topics describe",
                "topics delete",
                "load",
                "tail",
                "run",
                "results",
                "correct",
                "audit",
                "explain"
            })
    void everyCommandHasHelp(String command) {
        Outcome help = cli().bare((command + " --help").split(" ", -1));
        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).contains("Usage: tidemill " + command);
        assertThat(help.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                       | 'tidemill: say what to do'",
                "nonsense                                 | 'nonsense'' is not understood'",
                "topics                                   | 'say what to do with topics'",
                "topics lost                              | 'did you mean list?'",
                "topics create                            | 'TOPIC'",
                "topics create a+b                        | 'is no topic name'",
                "topics create t --partitions 0           | 'partitions is 1 to 10000, not 0'",
                "topics create t --partitions x           | 'partitions'",
                "topics create t --retention 7x           | 'is no duration'",
                "topics create t --retention-bytes much   | 'is no size'",
                "topics create t --record-bytes-max 1GiB  | 'at most 64MiB'",
                "topics list                              | 'there is no data in'",
                "tail t --from x                          | 'is no place to begin'",
                "tail t --from -5                         | 'is no place to begin'",
                "results t --format xml                   | 'xml'",
                "results t --format csv --json            | 'exclude each other'",
                "run nosuch                               | 'there is no pipeline ''nosuch'''",
                "run No.java                              | 'there is no file No.java'",
                "run java.lang.String                     | 'is no pipeline'",
                "run hourly-departures                    | 'there is no data in'",
                "run hourly-departures --lanes 0          | 'lanes is 1 to 64, not 0'",
                "run hourly-departures --trigger 0s       | 'more than zero'",
                "run hourly-departures --class-path /no   | 'there is no data in'",
                "run x.Y --class-path /no/such            | 'there is no /no/such'",
                "demo --seconds 3                         | '--seconds goes with --rate'",
                "demo --rate 0                            | '--rate is 1 to'",
                "load t /no/such                          | 'there is no file /no/such'",
                "load t / --durability maybe              | 'durability'"
            })
    void misuseIsOneSentence(String line, String expected) {
        Outcome refused = line.isBlank() ? cli().bare() : needsNoData(line);
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err().lines()).hasSize(1);
        assertThat(refused.err()).startsWith("tidemill: ").contains(expected);
        assertThat(temp.resolve("data")).doesNotExist();
    }

    private Outcome needsNoData(String line) {
        String[] args = line.split(" ", -1);
        return line.startsWith("nonsense") || line.startsWith("topics lost") || line.equals("topics")
                ? cli().bare(args)
                : cli().run(args);
    }

    @Test
    void dataThatCannotBeADirectoryIsAFailure() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "x");
        Outcome refused = new Cli(file).run("topics", "list");
        assertThat(refused.exitCode()).isEqualTo(3);
        assertThat(refused.err()).contains("as a data directory").doesNotContain("\tat ");
    }

    @Test
    void aStackTraceOnlyWhenAskedFor() {
        assertThat(cli().run("tail", "t").err()).doesNotContain("\tat ");
        assertThat(cli().run("tail", "t", "--verbose").err()).contains("\tat ");
    }

    @Test
    void aDirectoryInUseIsNamedWithItsHolder() throws Exception {
        Path data = temp.resolve("held");
        try (var log = EmbeddedLog.open(data, LogOptions.defaults().holder("the test"))) {
            Outcome refused = new Cli(data).run("topics", "list");
            assertThat(refused.exitCode()).isEqualTo(3);
            assertThat(refused.err()).contains("in use", "the test").hasLineCount(1);
            assertThat(log.topics()).isEmpty();
        }
    }
}
