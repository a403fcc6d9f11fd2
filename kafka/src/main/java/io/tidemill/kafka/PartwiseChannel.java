package io.tidemill.kafka;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.kafka.common.network.TransferableChannel;

/**
 * Writes much in parts. Of a buffer on the heap, the JDK copies all that is left into memory of its own before each call,
 * however little the socket then takes of it, and keeps that memory for the thread.
 */
record PartwiseChannel(TransferableChannel channel) implements TransferableChannel {
    static final int PART_BYTES_MAX = 128 << 10;

    @Override
    public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
        int end = offset + length;
        int at = next(buffers, offset, end);
        long written = 0;
        while (at < end) {
            long offered = Math.min(PART_BYTES_MAX, remaining(buffers, at, end));
            long taken = writePart(buffers, at, end);
            written += taken;
            if (taken < offered) {
                return written;
            }
            at = next(buffers, at, end);
        }
        return written;
    }

    /** The first buffer that is not empty. */
    private static int next(ByteBuffer[] buffers, int from, int end) {
        int at = from;
        while (at < end && !buffers[at].hasRemaining()) {
            at++;
        }
        return at;
    }

    private static long remaining(ByteBuffer[] buffers, int from, int end) {
        long sum = 0;
        for (int i = from; i < end && sum < PART_BYTES_MAX; i++) {
            sum += buffers[i].remaining();
        }
        return sum;
    }

    private long writePart(ByteBuffer[] buffers, int from, int end) throws IOException {
        int to = from;
        int room = PART_BYTES_MAX;
        while (to < end && room > 0) {
            room -= buffers[to++].remaining();
        }
        ByteBuffer last = buffers[to - 1];
        int limit = last.limit();
        last.limit(limit + Math.min(room, 0));
        try {
            return channel.write(buffers, from, to - from);
        } finally {
            last.limit(limit);
        }
    }

    @Override
    public long write(ByteBuffer[] buffers) throws IOException {
        return write(buffers, 0, buffers.length);
    }

    @Override
    public int write(ByteBuffer buffer) throws IOException {
        return (int) write(new ByteBuffer[] {buffer});
    }

    @Override
    public boolean hasPendingWrites() {
        return channel.hasPendingWrites();
    }

    @Override
    public long transferFrom(FileChannel file, long position, long count) throws IOException {
        return channel.transferFrom(file, position, count);
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
