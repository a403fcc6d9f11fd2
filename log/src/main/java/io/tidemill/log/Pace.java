package io.tidemill.log;

import java.time.Duration;

/**
 * How fast maintenance goes. What it rewrites is written to the disk in small pieces, and what it deletes is freed in pieces,
 * with rests between them: who commits meanwhile waits for one piece, and not for a file.
 */
final class Pace {
    /** As fast as it goes. */
    static final Pace HASTE = new Pace(Scheduler.none(), Long.MAX_VALUE, () -> {});

    private static final long PIECE_BYTES_MAX = 512 << 10;

    /** Freeing costs less than writing. */
    private static final int FREED_PER_PIECE = 4;

    /** 50 MiB in a second, if writing took no time. */
    private static final Duration REST = Duration.ofMillis(10);

    private final Scheduler scheduler;
    private final long pieceBytes;
    private final Runnable meanwhile;

    private Pace(Scheduler scheduler, long pieceBytes, Runnable meanwhile) {
        this.scheduler = scheduler;
        this.pieceBytes = pieceBytes;
        this.meanwhile = meanwhile;
    }

    /** @param meanwhile what must not wait until all is done */
    static Pace quiet(Scheduler scheduler, long segmentBytes, Runnable meanwhile) {
        return new Pace(scheduler, Math.min(PIECE_BYTES_MAX, segmentBytes / 8), meanwhile);
    }

    boolean isHurried() {
        return this == HASTE;
    }

    /** What is written, or read, from one rest to the next. */
    long pieceBytes() {
        return pieceBytes;
    }

    /** What is freed of a deleted file from one rest to the next. */
    long freedBytes() {
        return pieceBytes * FREED_PER_PIECE;
    }

    void rest() {
        meanwhile.run();
        scheduler.rest(REST);
    }
}
