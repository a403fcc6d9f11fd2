package io.tidemill.cli;

import io.tidemill.cli.process.CommandException;
import io.tidemill.cluster.KafkaLogOptions;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which server to talk to over the Kafka protocol: 'tidemill serve', or a Kafka cluster. */
final class ClusterOptions {
    static final String BOOTSTRAP_DEFAULT = "127.0.0.1:9092";

    @Option(
            names = "--bootstrap",
            paramLabel = "HOST:PORT",
            description = "Talk to a running 'tidemill serve', or to a Kafka cluster, over the Kafka protocol.")
    @Nullable
    String bootstrap;

    @Option(
            names = "--client-config",
            paramLabel = "FILE",
            description = "A properties file for the Kafka client, with security.protocol and the like.")
    @Nullable
    Path clientConfig;

    boolean isNamed() {
        return bootstrap != null;
    }

    KafkaLogOptions logOptions() {
        Map<String, String> properties = new HashMap<>();
        clientConfig().forEach((name, value) -> properties.put(name, String.valueOf(value)));
        String servers = String.valueOf(properties.remove("bootstrap.servers"));
        return KafkaLogOptions.of(servers).clientProperties(properties);
    }

    /** The settings of a Kafka client. */
    Map<String, Object> clientConfig() {
        Map<String, Object> config = new HashMap<>();
        if (clientConfig != null) {
            Properties properties = new Properties();
            try (Reader reader = Files.newBufferedReader(clientConfig, StandardCharsets.UTF_8)) {
                properties.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw CommandException.misuse(
                        "cannot read " + clientConfig + " (" + e + "): name a properties file", e);
            }
            properties.stringPropertyNames().forEach(name -> config.put(name, properties.getProperty(name)));
        }
        config.put("bootstrap.servers", bootstrap == null ? BOOTSTRAP_DEFAULT : bootstrap);
        return config;
    }
}
