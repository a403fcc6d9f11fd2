package io.tidemill.peers.rig;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The modules of this build: made with Maven where they are missing, or all of them with {@code TIDEMILL_REBUILD=1}. */
record Modules(Path directory) {
    private static final Duration BUILD_MAX = Duration.ofMinutes(60);

    /** What is told of a module's class path. */
    private static final Pattern TOLD = Pattern.compile("(tidemill-engine|flink-streaming-java|flink-connector-kafka"
            + "|flink-statebackend-rocksdb|kafka-streams|kafka-clients|spark-sql_2\\.13|hazelcast|hazelcast-jet-kafka"
            + "|jackson-databind|rocksdbjni)-(\\d.*)\\.jar");

    void build(Collection<String> names) throws IOException, InterruptedException {
        List<String> missing = names.stream().filter(name -> !isBuilt(name)).toList();
        if (missing.isEmpty()) {
            return;
        }
        System.err.println("Building " + String.join(", ", missing) + "; the first time it downloads these engines.");
        String wanted = missing.stream().map(name -> ":peers-" + name).collect(Collectors.joining(","));
        Process maven = new ProcessBuilder(
                        "mvn", "-q", "-B", "-DskipTests", "-Dspotless.check.skip=true", "-pl", wanted, "-am", "package")
                .directory(directory.toFile())
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            if (!maven.waitFor(BUILD_MAX.toMinutes(), TimeUnit.MINUTES) || maven.exitValue() != 0) {
                throw new IllegalStateException("the build failed, as told above");
            }
        } finally {
            maven.destroyForcibly();
        }
    }

    private boolean isBuilt(String name) {
        return !"1".equals(System.getenv("TIDEMILL_REBUILD"))
                && Files.isDirectory(libraries(name))
                && !own(name).isEmpty();
    }

    private Path libraries(String name) {
        return directory.resolve(name).resolve("target/lib");
    }

    private List<Path> own(String name) {
        Path target = directory.resolve(name).resolve("target");
        return Files.isDirectory(target) ? jars(target) : List.of();
    }

    String classPath(String name) {
        return Stream.concat(own(name).stream(), Stream.of(libraries(name).resolve("*")))
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** The versions that matter, as the jars have them. */
    String versions(String name) {
        List<String> found = new ArrayList<>();
        for (Path jar : jars(libraries(name))) {
            Matcher matcher = TOLD.matcher(jar.getFileName().toString());
            if (matcher.matches()) {
                found.add(matcher.group(1) + " " + matcher.group(2));
            }
        }
        return String.join(", ", found);
    }

    private static List<Path> jars(Path where) {
        try (Stream<Path> files = Files.list(where)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
