package io.tidemill.log;

import java.time.Duration;

/**
 * How fast maintenance goes. What it rewrites is written to the disk in small pieces, and what it deletes is freed in pieces,
 * with rests between them: who commits meanwhile waits for one piece, and not for a file. Used by the thread that runs
 * maintenance, but for {@link #hurry}.
 */
final class Pace {
    /** As fast as it goes: whoever asked is waiting. */
    static final Pace HASTE = new Pace(Scheduler.none(), Long.MAX_VALUE, () -> {});

    private static final long PIECE_BYTES_MAX = 512 << 10;

    /** To read and to free cost less than to write. */
    private static final int LIGHT_PER_PIECE = 4;

    /** 50 MiB in a second, if writing took no time. */
    private static final Duration REST = Duration.ofMillis(10);

    private final Scheduler scheduler;
    private final long pieceBytes;
    private final Runnable meanwhile;
    private volatile boolean hurried;

    private Pace(Scheduler scheduler, long pieceBytes, Runnable meanwhile) {
        this.scheduler = scheduler;
        this.pieceBytes = pieceBytes;
        this.meanwhile = meanwhile;
    }

    /** @param meanwhile what must not wait until all is done; run in every rest */
    static Pace quiet(Scheduler scheduler, long segmentBytes, Runnable meanwhile) {
        return new Pace(scheduler, Math.min(PIECE_BYTES_MAX, segmentBytes / 8), meanwhile);
    }

    /** No rests any more, but pieces still, until {@link #calm}. May be called by any thread. */
    void hurry() {
        hurried = true;
    }

    void calm() {
        hurried = false;
    }

    /** What is written in bytes from one rest to the next. */
    long pieceBytes() {
        return pieceBytes;
    }

    /** What is read, or freed of a deleted file, in bytes from one rest to the next. */
    long lightPieceBytes() {
        return this == HASTE ? pieceBytes : pieceBytes * LIGHT_PER_PIECE;
    }

    void rest() {
        meanwhile.run();
        if (!hurried) {
            scheduler.rest(REST);
        }
    }
}
