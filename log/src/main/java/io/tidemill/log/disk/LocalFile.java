package io.tidemill.log.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

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

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        int start = target.position();
        return (int) uninterrupted(open -> {
            target.position(start);
            while (target.hasRemaining() && open.read(target, position + (target.position() - start)) >= 0) {
                // until it is full or the file ends
            }
            return (long) target.position() - start;
        });
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
        int start = source.position();
        try {
            uninterrupted(open -> {
                source.position(start);
                while (source.hasRemaining()) {
                    open.write(source, position + (source.position() - start));
                }
                return 0;
            });
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
            if (message.contains("no space left")
                    || message.contains("quota exceeded")
                    || message.contains("not enough space")) {
                DiskFullException full = new DiskFullException("no room left to write " + path);
                full.initCause(e);
                throw full;
            }
            throw e;
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
