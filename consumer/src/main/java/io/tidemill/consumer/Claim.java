package io.tidemill.consumer;

/** A claim of a partition in the table of offsets. Its stored offset is moved by the worker that holds the partition's lane. */
final class Claim {
    static final Claim NONE = new Claim(-1, -1);

    private final long epoch;
    private volatile long stored;

    Claim(long epoch, long stored) {
        this.epoch = epoch;
        this.stored = stored;
    }

    long epoch() {
        return epoch;
    }

    long stored() {
        return stored;
    }

    void storedUpTo(long next) {
        stored = next;
    }
}
