package io.tidemill.log.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A directory of the local file system. */
public final class LocalDisk implements Disk {
    private final Path root;

    public LocalDisk(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    @Override
    public void createDirectories(String path) throws IOException {
        Files.createDirectories(root.resolve(path));
    }

    @Override
    public List<String> list(String directory) throws IOException {
        Path path = root.resolve(directory);
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    @Override
    public boolean exists(String path) {
        return Files.exists(root.resolve(path));
    }

    @Override
    public DiskFile open(String path) throws IOException {
        return new LocalFile(
                FileChannel.open(root.resolve(path), StandardOpenOption.READ, StandardOpenOption.WRITE), locate(path));
    }

    @Override
    public DiskFile create(String path) throws IOException {
        return new LocalFile(
                FileChannel.open(
                        root.resolve(path),
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING),
                locate(path));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(root.resolve(from), root.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(String path) throws IOException {
        Files.deleteIfExists(root.resolve(path));
    }

    @Override
    public void syncDirectory(String directory) throws IOException {
        if (System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows")) {
            return; // Windows cannot open directories; NTFS journals its names
        }
        try (FileChannel channel = FileChannel.open(root.resolve(directory), StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public AutoCloseable lock(String path, String holder) throws IOException, LockedException {
        FileChannel channel = FileChannel.open(
                root.resolve(path), StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held by this process: reported like any other holder.
        } finally {
            if (lock == null) {
                ByteBuffer left = ByteBuffer.allocate(1024);
                channel.read(left, 0);
                channel.close();
                throw new LockedException(new String(left.array(), 0, left.position(), StandardCharsets.UTF_8).strip());
            }
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
        return channel;
    }

    @Override
    public String locate(String path) {
        return root.resolve(path).toString();
    }

    private record LocalFile(FileChannel channel, String path) implements DiskFile {
        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int total = 0;
            while (target.hasRemaining()) {
                int read = channel.read(target, position + total);
                if (read < 0) {
                    break;
                }
                total += read;
            }
            return total;
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            long at = position;
            try {
                while (source.hasRemaining()) {
                    at += channel.write(source, at);
                }
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
            return channel.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
