package io.tidemill.cli.demo;

import io.tidemill.cli.process.CommandException;
import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.LocalDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The directory of a demonstration, which begins with nothing in it. */
public final class DemoDirectory {
    /** Says that everything beside it came from a demonstration, and may go. */
    static final String MARKER = "made-by-tidemill-demo";

    private static final String LOCK_FILE = "lock";

    private DemoDirectory() {}

    /** The demonstration's own directory: what an earlier one left there is removed. */
    public static Path own(Path directory) throws IOException {
        if (!isEmpty(directory)) {
            if (!Files.exists(directory.resolve(MARKER))) {
                throw CommandException.misuse(
                        directory + " holds something that no demo has made: move it away, or name"
                                + " a new directory with --data");
            }
            empty(directory);
        }
        Files.createDirectories(directory);
        Files.writeString(directory.resolve(MARKER), "The next 'tidemill demo' removes what is in here.\n");
        return directory;
    }

    /** A directory of the user's, where nothing is removed. */
    public static Path given(Path directory) throws IOException {
        if (!isEmpty(directory)) {
            throw CommandException.misuse("the demo begins in an empty directory, and " + directory
                    + " is not empty: name a new one with --data, or leave --data out");
        }
        return directory;
    }

    private static boolean isEmpty(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return true;
        }
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }

    /** Removes what is in the directory, unless somebody is at work in it. */
    private static void empty(Path directory) throws IOException {
        List<Path> entries;
        try (Stream<Path> all = Files.walk(directory)) {
            entries = all.sorted(Comparator.reverseOrder())
                    .filter(each -> !each.equals(directory))
                    .toList();
        }
        AutoCloseable lock = lock(directory);
        try {
            for (Path each : entries) {
                Files.deleteIfExists(each);
            }
        } finally {
            unlock(lock);
        }
    }

    private static AutoCloseable lock(Path directory) throws IOException {
        try {
            return new LocalDisk(directory).lock(LOCK_FILE, "holder='tidemill demo', which clears it\n");
        } catch (Disk.LockedException e) {
            throw CommandException.failure(
                    directory + " is in use by " + e.holder().strip().replace("\n", ", ")
                            + ": wait for it, or name a new directory with --data",
                    e);
        }
    }

    private static void unlock(AutoCloseable lock) throws IOException {
        try {
            lock.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
