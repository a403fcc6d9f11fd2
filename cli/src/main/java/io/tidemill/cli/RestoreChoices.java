package io.tidemill.cli;

import io.tidemill.engine.savepoint.RestoreOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** What may become of state, by name. */
final class RestoreChoices {
    @Option(
            names = "--drop",
            paramLabel = "OPERATOR",
            description = "Give up the state of this operator of the savepoint.")
    List<String> dropped = new ArrayList<>();

    @Option(
            names = "--drop-source",
            paramLabel = "TOPIC",
            description = "Give up the offsets of this topic, which the code no longer reads, and its late records.")
    List<String> droppedSources = new ArrayList<>();

    @Option(
            names = "--rename",
            paramLabel = "OLD=NEW",
            description = "The operator OLD of the savepoint is NEW in the code.")
    Map<String, String> renamed = new LinkedHashMap<>();

    @Option(
            names = "--reset-part",
            paramLabel = "NAME",
            description =
                    "Give up this part of several aggregates, or this state of a function, or let it begin empty.")
    List<String> resetParts = new ArrayList<>();

    @Option(
            names = "--reset-generator",
            paramLabel = "TOPIC",
            description =
                    "The watermark generator of this topic begins with its first numbers; how far each partition has"
                            + " come stays.")
    List<String> resetGenerators = new ArrayList<>();

    @Option(names = "--full", description = "Decode every entry with the code, not a sample of about 1,000.")
    boolean full;

    RestoreOptions options() {
        RestoreOptions options = RestoreOptions.keepAll().full(full);
        for (String each : dropped) {
            options = options.drop(each);
        }
        for (String each : droppedSources) {
            options = options.dropSource(each);
        }
        for (Map.Entry<String, String> each : renamed.entrySet()) {
            options = options.rename(each.getKey(), each.getValue());
        }
        for (String each : resetParts) {
            options = options.resetPart(each);
        }
        for (String each : resetGenerators) {
            options = options.resetGenerator(each);
        }
        return options;
    }
}
