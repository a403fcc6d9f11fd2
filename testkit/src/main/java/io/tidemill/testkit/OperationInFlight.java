package io.tidemill.testkit;

/** An operation that is about to change a {@link SimulatedDisk}. Good only while the watcher that got it runs. */
public final class OperationInFlight {
    private final long number;
    private final SimulatedDisk disk;
    private final Operation operation;

    OperationInFlight(long number, SimulatedDisk disk, Operation operation) {
        this.number = number;
        this.disk = disk;
        this.operation = operation;
    }

    /** Its place among the disk's operations, from 1. */
    public long number() {
        return number;
    }

    /**
     * A copy of the disk on which nothing, some or all of this operation has happened, to call {@link SimulatedDisk#crash}
     * or {@link SimulatedDisk#processCrash} on.
     *
     * @param seed decides how much of it, and what the copy's crash leaves
     */
    public SimulatedDisk interrupt(long seed) {
        return disk.interrupt(operation, seed);
    }

    /** What it does to which file. */
    @Override
    public String toString() {
        return "operation " + number + ", " + disk.describe(operation);
    }
}
