package io.tidemill.testkit;

import io.tidemill.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file that is open on a {@link SimulatedDisk}, which does all the work. */
final class SimulatedFile implements DiskFile {
    private final SimulatedDisk disk;
    private final long number;
    private final String path;

    SimulatedFile(SimulatedDisk disk, long number, String path) {
        this.disk = disk;
        this.number = number;
        this.path = path;
    }

    long number() {
        return number;
    }

    /** The name that it was opened by. */
    String path() {
        return path;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return disk.read(this, target, position);
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
        disk.write(this, source, position);
    }

    @Override
    public long size() throws IOException {
        return disk.size(this);
    }

    @Override
    public void truncate(long size) throws IOException {
        disk.truncate(this, size);
    }

    @Override
    public void force() throws IOException {
        disk.force(this);
    }

    @Override
    public void close() {
        disk.close(this);
    }
}
