package io.tidemill.testkit;

/** Something that changes a disk, or makes a change durable. Files go by number, so that it can be done to a fork as well. */
sealed interface Operation {
    /** Puts bytes into a file. */
    record Write(long file, long position, byte[] bytes) implements Operation {}

    /** Shortens a file. */
    record Truncate(long file, long size) implements Operation {}

    /** Makes a file's content durable. */
    record Force(long file) implements Operation {}

    /** Changes a name. */
    record Naming(NameChange change) implements Operation {}

    /** Makes a directory's names durable. */
    record SyncDirectory(String directory) implements Operation {}
}
