package io.tidemill.cli;

import io.tidemill.cli.process.Surroundings;
import io.tidemill.operations.groups.GroupAdmin;
import java.time.Duration;
import java.time.InstantSource;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What commands have in common that talk to a server. */
abstract class ClusterCommand extends Command {
    @Mixin
    ClusterOptions cluster = new ClusterOptions();

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "How long to wait for each answer; 15s unless set.")
    Duration timeout = Duration.ofSeconds(15);

    ClusterCommand(Surroundings surroundings) {
        super(surroundings);
    }

    final GroupAdmin connect() {
        return GroupAdmin.connect(cluster.clientConfig(), timeout, InstantSource.system());
    }
}
