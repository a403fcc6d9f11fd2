package io.tidemill.log.disk;

import java.io.IOException;
import java.util.List;

/**
 * A directory tree on a disk. Paths are relative to its root, with {@code /} between names. Thread-safe.
 *
 * <p>What is written, created, renamed or deleted may be lost, and may be lost in any order, until {@link DiskFile#force}
 * (content) or {@link #syncDirectory} (names) has returned.
 */
public interface Disk {
    void createDirectories(String path) throws IOException;

    /** The names of the files in a directory, sorted; none if it does not exist. */
    List<String> list(String directory) throws IOException;

    boolean exists(String path) throws IOException;

    /** Opens an existing file for reading and writing. */
    DiskFile open(String path) throws IOException;

    /** Creates an empty file, or empties an existing one, and opens it. */
    DiskFile create(String path) throws IOException;

    /** Renames atomically; an existing target is replaced. Files that are open stay usable. */
    void rename(String from, String to) throws IOException;

    /** Deletes a file if it exists. Files that are open stay usable. */
    void delete(String path) throws IOException;

    /**
     * Whether the file is known to have no other name than this one, so that its content is nobody else's once it is deleted.
     * Where names cannot be counted it is not known.
     */
    default boolean hasOneName(String path) throws IOException {
        return false;
    }

    void syncDirectory(String directory) throws IOException;

    /**
     * Takes an exclusive lock, held until closed or until the process ends, and leaves {@code holder} in the file for
     * others to read.
     *
     * @throws LockedException when it is held by someone else, in this process or another
     */
    AutoCloseable lock(String path, String holder) throws IOException, LockedException;

    /** The path as a person would look for it. */
    String locate(String path);

    /** The lock is held by someone else; {@link #holder} is what they left. */
    final class LockedException extends Exception {
        private static final long serialVersionUID = 1;

        private final String holder;

        public LockedException(String holder) {
            super(holder);
            this.holder = holder;
        }

        public String holder() {
            return holder;
        }
    }
}
