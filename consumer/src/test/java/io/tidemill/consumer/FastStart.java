package io.tidemill.consumer;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * Makes the many processes of the kill tests start fast: a first one leaves an archive of its loaded classes, which the others
 * map into memory. The JVM does that for jars only, so directories of the class path become jars.
 */
final class FastStart {
    static final String CLASS_PATH = classPath();

    private FastStart() {}

    private static final class Archive {
        static final List<String> OPTIONS = make();

        private static List<String> make() {
            try {
                Path archive =
                        Files.createTempDirectory(Path.of("target"), "archive").resolve("classes.jsa");
                KillRig.train("-XX:ArchiveClassesAtExit=" + archive);
                return List.of("-Xshare:auto", "-XX:SharedArchiveFile=" + archive);
            } catch (Exception e) {
                throw new IllegalStateException("no archive of classes", e);
            }
        }
    }

    static List<String> options() {
        return Archive.OPTIONS;
    }

    private static String classPath() {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (!Files.isDirectory(path)) {
                entries.add(entry);
            } else {
                entries.add(jar(path).toString());
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    private static Path jar(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            Path jar = Files.createTempFile(
                    Path.of("target"), directory.getFileName().toString(), ".jar");
            try (OutputStream out = Files.newOutputStream(jar);
                    JarOutputStream entries = new JarOutputStream(out)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    entries.putNextEntry(new JarEntry(directory.relativize(file).toString()));
                    Files.copy(file, entries);
                    entries.closeEntry();
                }
            }
            return jar;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
