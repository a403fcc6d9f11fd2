package io.tidemill.cli;

import io.tidemill.cli.output.Output;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.cli.records.TailedRecord;
import io.tidemill.cli.records.TopicReader;
import io.tidemill.log.Log;
import io.tidemill.log.TopicDescription;
import java.time.Duration;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@CommandLine.Command(
        name = "tail",
        description = {
            "Prints a topic's records, one partition after the other: partition@offset, timestamp, key, value.",
            "Late records, dead letters and results are shown with what their headers say."
        })
final class TailCommand extends LogCommand {
    private static final Duration WAIT = Duration.ofMillis(200);
    private static final int UNREAD_CHECK_RECORDS = 256;

    @Parameters(paramLabel = "TOPIC")
    String topic = "";

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what is appended, until Ctrl-C.")
    boolean follow;

    @Option(
            names = "--from",
            paramLabel = "beginning|end|OFFSET",
            converter = FromConverter.class,
            description = "Where to begin in each partition; at the beginning unless set.")
    TopicReader.From from = new TopicReader.From.Beginning();

    @Option(names = "--max", paramLabel = "N", description = "Print so many records at most.")
    long max = Long.MAX_VALUE;

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description = "Show windows also as the clocks of a time zone do, America/New_York for example.")
    @Nullable
    ZoneId zone;

    private long printed;

    TailCommand(Surroundings surroundings) {
        super(surroundings);
    }

    static final class FromConverter implements ITypeConverter<TopicReader.From> {
        @Override
        public TopicReader.From convert(String text) {
            if (text.equalsIgnoreCase("beginning")) {
                return new TopicReader.From.Beginning();
            } else if (text.equalsIgnoreCase("end")) {
                return new TopicReader.From.End();
            }
            try {
                return new TopicReader.From.Offset(Long.parseUnsignedLong(text) & Long.MAX_VALUE);
            } catch (NumberFormatException e) {
                throw new TypeConversionException(
                        "'" + text + "' is no place to begin: write beginning, end or an offset");
            }
        }
    }

    @Override
    int run(Output output) throws Exception {
        return withExistingLog(log -> {
            print(log, requireTopic(log, topic), output);
            return ExitCode.FINE;
        });
    }

    private void print(Log log, TopicDescription found, Output output) throws InterruptedException {
        TopicReader reader = new TopicReader(log, topic, found.config().partitions(), from);
        if (follow) {
            surroundings.stop().listen();
        }
        boolean going = max > 0;
        while (going) {
            long seen = log.changes();
            going = reader.readAll((partition, record) -> {
                print(TailedRecord.of(partition, record), output);
                printed++;
                boolean read = printed % UNREAD_CHECK_RECORDS != 0 || !output.isUnread();
                return read && printed < max && !surroundings.stop().isRequested();
            });
            going &= follow && !output.isUnread() && !surroundings.stop().isRequested();
            if (going) {
                log.awaitChange(seen, WAIT);
            }
        }
    }

    private void print(TailedRecord record, Output output) {
        if (output.isJson()) {
            output.object(record.json(zone));
        } else {
            record.lines(zone).forEach(output::say);
        }
    }
}
