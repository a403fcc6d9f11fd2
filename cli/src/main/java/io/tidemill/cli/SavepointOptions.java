package io.tidemill.cli;

import io.tidemill.engine.Savepoints;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where savepoints are. */
final class SavepointOptions {
    @Option(
            names = "--savepoints",
            paramLabel = "DIR",
            description = "The directory of the savepoints; 'savepoints' in the data directory unless set.")
    @Nullable
    Path directory;

    Path directory(DataOptions data) {
        return directory == null ? data.data().resolve(Savepoints.DIRECTORY_DEFAULT) : directory;
    }

    /** A savepoint that was named: a path, or a file in the directory. */
    Path file(String name, DataOptions data) {
        Path path = Path.of(name);
        boolean isPath = path.getNameCount() > 1 || Files.exists(path);
        return (isPath ? path : directory(data).resolve(name)).toAbsolutePath();
    }

    /** The directory that holds a file. */
    static Savepoints beside(Path file) {
        Path parent = file.getParent();
        return Savepoints.in(parent == null ? Path.of("").toAbsolutePath() : parent);
    }

    static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
