package io.tidemill.log;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * How a log keeps its journal.
 *
 * @param durability what an acknowledged commit survives
 * @param segmentBytes the size at which a journal file is sealed and the next begun; 64 KiB to 1 GiB
 * @param commitBytesMax the largest commit, 64 KiB to 1 GiB; a larger file holds it if it does not fit {@code segmentBytes}
 * @param preallocateBytes how far ahead of the end the file is filled with zeros, so that a sync need not also sync the
 *     file's length; 0 to 16 MiB
 * @param maintenance how often retention and compaction look for something to do
 * @param tombstoneRetention how long after its append a tombstone is kept in a compacted topic
 * @param clock gives append times
 * @param scheduler runs the log's chores; the log does not close one that is given
 * @param holder who opens the log, for the lock file
 */
public record LogOptions(
        Durability durability,
        int segmentBytes,
        int commitBytesMax,
        int preallocateBytes,
        Duration maintenance,
        Duration tombstoneRetention,
        InstantSource clock,
        Scheduler scheduler,
        String holder) {
    public static final int SEGMENT_BYTES_DEFAULT = 128 << 20;
    public static final int COMMIT_BYTES_MAX_DEFAULT = 256 << 20;
    public static final int PREALLOCATE_BYTES_DEFAULT = 1 << 20;
    public static final Duration MAINTENANCE_DEFAULT = Duration.ofSeconds(30);
    public static final Duration TOMBSTONE_RETENTION_DEFAULT = Duration.ofDays(1);

    public LogOptions {
        List<String> mistakes = new ArrayList<>();
        if (segmentBytes < 64 << 10 || segmentBytes > 1 << 30) {
            mistakes.add("segmentBytes is 64 KiB to 1 GiB, not " + segmentBytes);
        }
        if (commitBytesMax < 64 << 10 || commitBytesMax > 1 << 30) {
            mistakes.add("commitBytesMax is 64 KiB to 1 GiB, not " + commitBytesMax);
        }
        if (preallocateBytes < 0 || preallocateBytes > 16 << 20) {
            mistakes.add("preallocateBytes is 0 to 16 MiB, not " + preallocateBytes);
        }
        if (maintenance.isNegative() || maintenance.isZero()) {
            mistakes.add("maintenance is more than zero, not " + maintenance);
        }
        if (tombstoneRetention.isNegative()) {
            mistakes.add("tombstoneRetention is zero or more, not " + tombstoneRetention);
        }
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
    }

    /** {@code DISK}, the system's clock, and chores on a thread of the log's own where it is opened by a path. */
    public static LogOptions defaults() {
        return new LogOptions(
                Durability.DISK,
                SEGMENT_BYTES_DEFAULT,
                COMMIT_BYTES_MAX_DEFAULT,
                PREALLOCATE_BYTES_DEFAULT,
                MAINTENANCE_DEFAULT,
                TOMBSTONE_RETENTION_DEFAULT,
                InstantSource.system(),
                Scheduler.DEFAULT,
                "an application");
    }

    public LogOptions durability(Durability value) {
        return new LogOptions(
                value,
                segmentBytes,
                commitBytesMax,
                preallocateBytes,
                maintenance,
                tombstoneRetention,
                clock,
                scheduler,
                holder);
    }

    public LogOptions segmentBytes(int value) {
        return new LogOptions(
                durability,
                value,
                commitBytesMax,
                preallocateBytes,
                maintenance,
                tombstoneRetention,
                clock,
                scheduler,
                holder);
    }

    public LogOptions commitBytesMax(int value) {
        return new LogOptions(
                durability,
                segmentBytes,
                value,
                preallocateBytes,
                maintenance,
                tombstoneRetention,
                clock,
                scheduler,
                holder);
    }

    public LogOptions preallocateBytes(int value) {
        return new LogOptions(
                durability,
                segmentBytes,
                commitBytesMax,
                value,
                maintenance,
                tombstoneRetention,
                clock,
                scheduler,
                holder);
    }

    public LogOptions maintenance(Duration value) {
        return new LogOptions(
                durability,
                segmentBytes,
                commitBytesMax,
                preallocateBytes,
                value,
                tombstoneRetention,
                clock,
                scheduler,
                holder);
    }

    public LogOptions tombstoneRetention(Duration value) {
        return new LogOptions(
                durability,
                segmentBytes,
                commitBytesMax,
                preallocateBytes,
                maintenance,
                value,
                clock,
                scheduler,
                holder);
    }

    public LogOptions clock(InstantSource value) {
        return new LogOptions(
                durability,
                segmentBytes,
                commitBytesMax,
                preallocateBytes,
                maintenance,
                tombstoneRetention,
                value,
                scheduler,
                holder);
    }

    public LogOptions scheduler(Scheduler value) {
        return new LogOptions(
                durability,
                segmentBytes,
                commitBytesMax,
                preallocateBytes,
                maintenance,
                tombstoneRetention,
                clock,
                value,
                holder);
    }

    public LogOptions holder(String value) {
        return new LogOptions(
                durability,
                segmentBytes,
                commitBytesMax,
                preallocateBytes,
                maintenance,
                tombstoneRetention,
                clock,
                scheduler,
                value);
    }
}
