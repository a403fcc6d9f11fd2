package io.tidemill.log;

/** What a commit has survived once it is acknowledged. */
public enum Durability {
    /** Synced to the disk: it survives a loss of power. Commits that come together share a sync. */
    DISK,
    /** Handed to the operating system: it survives a crash of the process, not of the machine. */
    OS
}
