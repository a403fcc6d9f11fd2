package io.tidemill.log.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file. Thread-safe; writes that overlap in time and place leave either's bytes. */
public interface DiskFile extends AutoCloseable {
    /** Reads until {@code target} is full or the file ends; returns the number of bytes read. */
    int read(ByteBuffer target, long position) throws IOException;

    /**
     * Writes all of {@code source}.
     *
     * @throws DiskFullException when there is no room; some of the bytes may have been written
     */
    void write(ByteBuffer source, long position) throws IOException;

    /** The length in bytes. */
    long size() throws IOException;

    void truncate(long size) throws IOException;

    /** Returns once the content is on the disk. After a failure nothing is known about what is. */
    void force() throws IOException;

    @Override
    void close() throws IOException;
}
