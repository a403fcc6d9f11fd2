package io.tidemill.compat.clients;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How JVMs are started. */
final class Jvm {
    private Jvm() {}

    /** Short-lived: the second compiler would not pay. The flags are those of the {@code tidemill} script for {@code serve}. */
    static List<String> command(String classPath, int heapMegabytes, Class<?> main, String... args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Xmx" + heapMegabytes + "m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                classPath,
                main.getName()));
        command.addAll(Arrays.asList(args));
        return command;
    }

    /** Of this JVM. */
    static String classPath() {
        return System.getProperty("java.class.path");
    }

    /** Our test classes and their assertions, with another kafka-clients, which the build has put into {@code target/clients}. */
    static String classPathWithKafkaClients(String version) {
        Stream<String> kept = Arrays.stream(classPath().split(File.pathSeparator, -1))
                .filter(each -> Path.of(each)
                        .getFileName()
                        .toString()
                        .matches("(assertj-core|byte-buddy|slf4j-api|slf4j-simple)-.*"));
        Path others = Path.of("target", "clients", version).toAbsolutePath();
        if (!others.toFile().isDirectory()) {
            throw new IllegalStateException(others + " is missing: build this module with Maven");
        }
        return Stream.concat(Stream.of(own(), others + File.separator + "*"), kept)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String own() {
        try {
            return Path.of(Jvm.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
