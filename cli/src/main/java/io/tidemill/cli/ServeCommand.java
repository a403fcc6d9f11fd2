package io.tidemill.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.pipelines.FoundPipeline;
import io.tidemill.cli.pipelines.PipelineFinder;
import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.cli.serve.SecurityFile;
import io.tidemill.cli.serve.ServedPipelines;
import io.tidemill.engine.EngineOptions;
import io.tidemill.kafka.KafkaServer;
import io.tidemill.kafka.KafkaServerOptions;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@CommandLine.Command(
        name = "serve",
        description = {
            "Serves the log to Kafka clients, and runs pipelines beside, until Ctrl-C.",
            "It listens on loopback. Beyond it, TLS and users are needed: see --security."
        })
final class ServeCommand extends DataCommand {
    private static final Duration LOOK = Duration.ofMillis(500);

    @Parameters(
            paramLabel = "PIPELINE",
            arity = "0..*",
            description = "Pipelines to run, named as for 'tidemill run'. Each begins when its topic is there.")
    List<String> pipelines = List.of();

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            converter = ListenConverter.class,
            description = "Where to listen; 127.0.0.1:9092 unless set. Port 0 is any that is free.")
    Listen listen = new Listen("127.0.0.1", KafkaServerOptions.PORT_DEFAULT);

    @Option(
            names = "--advertise",
            paramLabel = "HOST",
            description = "The name that clients are told to connect to; the one that is listened on unless set.")
    @Nullable
    String advertise;

    @Option(
            names = "--security",
            paramLabel = "FILE",
            description =
                    "A properties file with tls.keystore, tls.keystore.password, sasl.mechanisms, user.NAME=password"
                            + " and allow.N=USER read|write|admin topic|group|transactional-id|cluster NAME.")
    @Nullable
    Path security;

    @Option(
            names = "--auto-create-topics",
            description =
                    "A client that asks for a topic makes it exist. Off unless set, because a misspelt name is then"
                            + " an error.")
    boolean autoCreateTopics;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Of topics for which a client does not say how many; 4 unless set.")
    int partitions = 4;

    @Option(
            names = "--lanes",
            paramLabel = "N",
            description = "How many parts of a pipeline's step run side by side; 1.")
    int lanes = 1;

    @Option(
            names = "--state-max",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description =
                    "How large the state of each pipeline may become, 512MiB for example, as 'tidemill explain' counts it; a"
                            + " pipeline that needs more stops and says so. Unlimited unless set.")
    long stateBytesMax = EngineOptions.UNLIMITED;

    @Option(
            names = "--drift-max",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description =
                    "How far a partition may be ahead of others that it is joined or counted with, in event time, before it is"
                            + " held back until they have come nearer; 1d unless set. It changes no result.")
    Duration driftMax = EngineOptions.DRIFT_MAX_DEFAULT;

    @Option(
            names = {"--class-path", "-cp"},
            paramLabel = "PATH",
            description = "Jars and directories with the pipelines' classes and what they need, separated as for java.")
    String classPath = "";

    @Mixin
    StateOptions state = new StateOptions();

    ServeCommand(Surroundings surroundings) {
        super(surroundings);
    }

    record Listen(String host, int port) {}

    static final class ListenConverter implements ITypeConverter<Listen> {
        @Override
        public Listen convert(String text) {
            int colon = text.lastIndexOf(':');
            try {
                String host = text.substring(0, colon).replaceAll("^\\[|]$", "");
                return new Listen(host, Integer.parseInt(text.substring(colon + 1)));
            } catch (IndexOutOfBoundsException | NumberFormatException e) {
                throw new TypeConversionException("'" + text + "' is no address: write 127.0.0.1:9092");
            }
        }
    }

    @Override
    int run(Output output) throws Exception {
        surroundings.stop().listen();
        List<FoundPipeline> found = pipelines.stream().map(this::find).toList();
        KafkaServerOptions serverOptions = checked(this::serverOptions);
        EngineOptions engineOptions = checked(() -> EngineOptions.defaults()
                .lanes(lanes)
                .stateBytesMax(stateBytesMax)
                .driftMax(driftMax)
                .stateBackend(state.backend(data)));
        return withData(data.data(), log -> {
            try (KafkaServer server = KafkaServer.start(log, serverOptions);
                    ServedPipelines served = new ServedPipelines(log, found, engineOptions, output)) {
                tell(server, output);
                do {
                    served.look();
                    if (log.hasFailed()) {
                        throw CommandException.failure("the disk under " + data.data()
                                + " has failed, and nothing more can be written: look at it, and start again");
                    }
                } while (!surroundings.stop().await(LOOK));
                output.say("Stopping.");
                return served.hasFailed() ? ExitCode.FAILURE : ExitCode.FINE;
            }
        });
    }

    private FoundPipeline find(String name) {
        List<Path> path = Arrays.stream(classPath.split(File.pathSeparator, -1))
                .filter(each -> !each.isBlank())
                .map(Path::of)
                .toList();
        return new PipelineFinder(path).find(name);
    }

    private KafkaServerOptions serverOptions() {
        // Secured first: an address beyond loopback is refused without.
        KafkaServerOptions options =
                KafkaServerOptions.defaults().autoCreateTopics(autoCreateTopics).defaultPartitions(partitions);
        if (security != null) {
            SecurityFile file = SecurityFile.read(security);
            options = options.secured(file.security(), file.access());
        }
        return options.listen(listen.host(), listen.port()).advertisedHost(advertise);
    }

    private void tell(KafkaServer server, Output output) {
        long sinceStart = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime();
        output.say("Kafka clients connect to " + server.bootstrap() + "; data in " + data.data() + ", durability "
                + data.durability + "; ready after " + sinceStart + " ms. Ctrl-C stops it.");
        ObjectNode json = Json.object("serving")
                .put("bootstrap", server.bootstrap())
                .put("data", data.data().toString())
                .put("durability", data.durability.toString())
                .put("startMillis", sinceStart);
        output.object(json);
        output.flush();
    }
}
