package io.tidemill.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Topic;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Progress;
import io.tidemill.cli.output.Summary;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.Complaint;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.cli.records.JsonFields;
import io.tidemill.cli.records.LoadReport;
import io.tidemill.cli.records.TopicLoader;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
        name = "load",
        description = {
            "Loads lines into a topic, each as one record.",
            "A line ends at \\n, which is not kept; everything else is kept byte for byte, a \\r and what is malformed"
                    + " included. Lines with nothing in them are skipped. A line that is larger than the topic takes is"
                    + " refused and told, the others are loaded, and the exit code is then 3."
        })
final class LoadCommand extends LogCommand {
    private static final int PARTITIONS_DEFAULT = 4;
    private static final String STANDARD_INPUT = "-";

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Made if it does not exist.")
    String topic = "";

    @Parameters(index = "1", paramLabel = "FILE", description = "The file, or - for standard input.")
    String file = "";

    @Option(
            names = "--key",
            paramLabel = "FIELD",
            description =
                    "The top-level field of the JSON that becomes the record's key and decides its partition, as a"
                            + " Kafka producer's would. Records without one are spread.")
    @Nullable
    String key;

    @Option(
            names = "--timestamp",
            paramLabel = "FIELD",
            description = "The top-level field that becomes the record's timestamp: ISO-8601 with Z or an offset, or"
                    + " milliseconds since 1970. Records without one get none. Unless set, it is the time of loading.")
    @Nullable
    String timestamp;

    @Option(names = "--partitions", paramLabel = "N", description = "For a topic that is made: how many; 4 unless set.")
    @Nullable
    Integer partitions;

    LoadCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        TopicConfig config = checked(() -> {
            Topic.requireLegalName(topic);
            return TopicConfig.of(partitions == null ? PARTITIONS_DEFAULT : partitions);
        });
        try (InputStream in = open()) {
            return withLog(log -> load(log, topic(log, config), in, output));
        }
    }

    private InputStream open() throws IOException {
        if (file.equals(STANDARD_INPUT)) {
            return surroundings.in();
        }
        Path path = Path.of(file);
        if (!Files.exists(path) || Files.isDirectory(path)) {
            throw CommandException.misuse((Files.exists(path) ? file + " is a directory" : "there is no file " + file)
                    + ": name a file, or use - for standard input");
        }
        return Files.newInputStream(path);
    }

    private TopicDescription topic(Log log, TopicConfig config) {
        TopicDescription found = log.topic(topic).orElse(null);
        if (found == null) {
            return log.createTopic(topic, config);
        }
        if (partitions != null && partitions != found.config().partitions()) {
            throw CommandException.misuse(
                    "topic '" + topic + "' has " + found.config().partitions()
                            + " partitions, which cannot be changed: leave --partitions out, or load into another topic");
        }
        return found;
    }

    private int load(Log log, TopicDescription into, InputStream in, Output output) throws IOException {
        TopicLoader loader = new TopicLoader(log, into, new JsonFields(key, timestamp), InstantSource.system());
        long size = file.equals(STANDARD_INPUT) ? -1 : Files.size(Path.of(file));
        long start = System.nanoTime();
        LoadReport report;
        try (Progress progress = output.progress("load", size, Progress.Unit.BYTES)) {
            report = loader.load(in, progress::to);
        } catch (LogException | IOException e) {
            throw CommandException.failure(
                    Complaint.about(e).sentence() + " (" + Text.count(loader.written(), "record")
                            + " had been loaded before)",
                    e);
        }
        tell(report, System.nanoTime() - start, output);
        if (report.oversize() > 0) {
            output.note(refusal(report, into));
            return ExitCode.FAILURE;
        }
        return ExitCode.FINE;
    }

    private void tell(LoadReport report, long nanos, Output output) {
        output.say("Loaded " + Text.count(report.records(), "record") + " (" + Text.bytes(report.bytes()) + ") into '"
                + topic + "' in " + Text.seconds(nanos) + "; durability " + durability() + ".");
        if (report.blank() > 0) {
            output.say(Text.count(report.blank(), "blank line") + " skipped.");
        }
        if (report.withoutKey() > 0) {
            output.say(Text.count(report.withoutKey(), "record") + " without a key: no field '" + key + "' in them.");
        }
        if (report.withoutTimestamp() > 0) {
            output.say(Text.count(report.withoutTimestamp(), "record") + " without a timestamp: no time since 1970 in a"
                    + " field '" + timestamp + "'.");
        }
        ObjectNode summary = Summary.of("load")
                .put("topic", topic)
                .put("records", report.records())
                .put("bytes", report.bytes())
                .put("blank", report.blank())
                .put("refused", report.oversize())
                .put("withoutKey", report.withoutKey())
                .put("withoutTimestamp", report.withoutTimestamp());
        report.oversizeLines().forEach(summary.putArray("refusedLines")::add);
        Summary.putRun(summary, nanos, durability());
        output.object(summary);
    }

    private static String refusal(LoadReport report, TopicDescription into) {
        String lines = String.join(
                ", ", report.oversizeLines().stream().map(Text::count).toList());
        return "tidemill: " + Text.count(report.oversize(), "line") + " refused, larger than topic '" + into.name()
                + "' takes (" + Text.bytes(into.config().recordBytesMax()) + "), in line " + lines
                + (report.oversize() > report.oversizeLines().size() ? " and others" : "")
                + ": shorten them, or load into a topic created with a larger --record-bytes-max";
    }
}
