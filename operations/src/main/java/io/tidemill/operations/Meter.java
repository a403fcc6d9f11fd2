package io.tidemill.operations;

/** Counts records towards a total that may grow, and tells of it. */
final class Meter {
    private static final long TELL_EVERY = 50_000;

    private final Audit.Progress progress;
    private long done;
    private long total;
    private long tellAt;

    Meter(Audit.Progress progress) {
        this.progress = progress;
    }

    void expect(long totalRecords) {
        total = totalRecords;
        tell();
    }

    void did(long records) {
        done += records;
        if (done >= tellAt) {
            tell();
        }
    }

    private void tell() {
        tellAt = done + TELL_EVERY;
        progress.at(done, Math.max(done, total));
    }

    void finish() {
        total = done;
        tell();
    }
}
