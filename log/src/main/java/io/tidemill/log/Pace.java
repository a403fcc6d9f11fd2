package io.tidemill.log;

import java.time.Duration;

/**
 * How fast files are rewritten. What is rewritten is written to the disk in small pieces, with rests between them: who commits
 * meanwhile waits for one piece, and not for a file.
 */
final class Pace {
    /** What is written, or read, from one rest to the next. */
    static final int PIECE_BYTES = 512 << 10;

    /** What is freed, of a deleted file, from one rest to the next. */
    static final int FREED_BYTES = 2 << 20;

    /** 50 MiB in a second, if writing took no time. */
    private static final Duration REST = Duration.ofMillis(10);

    /** As fast as it goes. */
    static final Pace HASTE = new Pace(Scheduler.none(), () -> {});

    private final Scheduler scheduler;
    private final Runnable meanwhile;

    /** @param meanwhile what must not wait until all is rewritten */
    Pace(Scheduler scheduler, Runnable meanwhile) {
        this.scheduler = scheduler;
        this.meanwhile = meanwhile;
    }

    boolean isHurried() {
        return this == HASTE;
    }

    void rest() {
        meanwhile.run();
        scheduler.rest(REST);
    }
}
