package io.tidemill.cli;

import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.doctor.Diagnosis;
import io.tidemill.doctor.JournalSource;
import io.tidemill.doctor.Observations;
import io.tidemill.doctor.PolledSource;
import io.tidemill.doctor.RebalanceDoctor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
        name = "doctor",
        description = {
            "Says why a consumer group rebalances: verdict, evidence, what it is not, the one change to make, and what that"
                    + " costs.",
            "'tidemill serve' keeps a journal of every rebalance. A Kafka cluster does not: there the group is watched for"
                    + " a while, and less can be told. Exit code 1 when something is wrong."
        })
final class DoctorCommand extends ClusterCommand {
    private static final int COLUMNS = 110;
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

    @Parameters(paramLabel = "GROUP", arity = "0..1", description = "The group; all that the journal names unless set.")
    @Nullable
    String group;

    @Option(
            names = "--window",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "How far back to look; 1h unless set.")
    Duration window = Duration.ofHours(1);

    @Option(
            names = "--watch",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "How long to watch where there is no journal; 1m unless set.")
    Duration watch = Duration.ofMinutes(1);

    DoctorCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) {
        Map<String, Object> config = cluster.clientConfig();
        config.putIfAbsent("default.api.timeout.ms", Math.toIntExact(timeout.toMillis()));
        config.putIfAbsent("request.timeout.ms", Math.toIntExact(Math.max(1, timeout.toMillis() / 2)));
        try (Admin admin = Admin.create(config)) {
            PolledSource polled = new PolledSource(admin, InstantSource.system());
            List<Diagnosis> diagnoses = new ArrayList<>();
            for (Observations each : observations(config, polled, output)) {
                diagnoses.add(RebalanceDoctor.diagnose(each));
            }
            diagnoses.forEach(each -> tell(each, output));
            if (diagnoses.isEmpty()) {
                output.say("No group has rebalanced in the last " + Text.duration(window) + ".");
            }
            return diagnoses.stream().allMatch(Diagnosis::isHealthy) ? ExitCode.FINE : ExitCode.FOUND_WRONG;
        } catch (KafkaException e) {
            throw CommandException.failure(
                    "could not ask " + config.get("bootstrap.servers") + " (" + e.getMessage()
                            + "): check the address and that the server runs",
                    e);
        }
    }

    private List<Observations> observations(Map<String, Object> config, PolledSource polled, Output output) {
        JournalSource journal = new JournalSource(config, timeout, InstantSource.system());
        if (group == null) {
            Map<String, Observations> all = journal.readAll(window)
                    .orElseThrow(
                            () -> CommandException.misuse(
                                    "this cluster keeps no journal of rebalances: name a group, and it is watched for a while"));
            return all.values().stream().map(polled::addPresent).toList();
        }
        Optional<Observations> found = journal.read(group, window);
        if (found.isPresent()) {
            return List.of(polled.addPresent(found.get()));
        }
        output.note("tidemill: this cluster keeps no journal of rebalances; watching group '" + group + "' for "
                + Text.duration(watch));
        return List.of(polled.watch(group, watch, LOOK_EVERY));
    }

    private static void tell(Diagnosis diagnosis, Output output) {
        if (output.isJson()) {
            output.line(diagnosis.toJson());
        } else {
            diagnosis.lines(COLUMNS).forEach(output::say);
            output.say("");
        }
    }
}
