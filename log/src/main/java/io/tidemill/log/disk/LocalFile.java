package io.tidemill.log.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file of the local file system that survives the interruption of a thread that uses it. The JDK closes a channel when a
 * thread is interrupted in it, and one impatient caller must not take the log from all others: the channel is opened again
 * and the operation, which is idempotent, repeated.
 */
final class LocalFile implements DiskFile {
    private final Path path;
    private volatile FileChannel channel;
    private volatile boolean closed;

    LocalFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    @FunctionalInterface
    private interface Operation {
        long on(FileChannel channel) throws IOException;
    }

    private long uninterrupted(Operation operation) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel current = channel;
                try {
                    return operation.on(current);
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    reopen(current);
                } catch (ClosedChannelException e) {
                    if (closed) {
                        throw e;
                    }
                    reopen(current);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void reopen(FileChannel dead) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        if (channel == dead) {
            channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }
    }

    /** Through a buffer on the heap the JDK keeps a direct one of the same size for every thread: none may be large. */
    private static final int SLICE_BYTES = 1 << 20;

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        int start = target.position();
        int end = target.limit();
        return (int) uninterrupted(open -> {
            int at = start;
            int read = 0;
            while (at < end && read >= 0) {
                read = open.read(target.limit(Math.min(end, at + SLICE_BYTES)).position(at), position + (at - start));
                at += Math.max(0, read);
            }
            target.limit(end).position(at);
            return (long) at - start;
        });
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
        int start = source.position();
        int end = source.limit();
        try {
            uninterrupted(open -> {
                int at = start;
                while (at < end) {
                    at += open.write(
                            source.limit(Math.min(end, at + SLICE_BYTES)).position(at), position + (at - start));
                }
                source.limit(end).position(at);
                return 0;
            });
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw DiskFullException.orSame(e, path.toString());
        }
    }

    @Override
    public long size() throws IOException {
        return uninterrupted(FileChannel::size);
    }

    @Override
    public void truncate(long size) throws IOException {
        uninterrupted(open -> {
            open.truncate(size);
            return 0;
        });
    }

    @Override
    public void force() throws IOException {
        uninterrupted(open -> {
            open.force(false);
            return 0;
        });
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        channel.close();
    }
}
