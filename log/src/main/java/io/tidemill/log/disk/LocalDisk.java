package io.tidemill.log.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;

/** A directory of the local file system. */
public final class LocalDisk implements Disk {
    /** What this process has locked, and for whom. */
    private static final ConcurrentMap<Path, String> HELD = new ConcurrentHashMap<>();

    private final Path root;

    public LocalDisk(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    @Override
    public void createDirectories(String path) throws IOException {
        Path directory = root.resolve(path);
        List<Path> parents = new ArrayList<>();
        for (Path at = directory; at != null && !Files.isDirectory(at); at = at.getParent()) {
            Path parent = at.getParent();
            if (parent != null && !parent.startsWith(root)) {
                // Above the root nobody else can sync the names of what is made.
                parents.add(parent);
            }
        }
        Files.createDirectories(directory);
        for (Path parent : parents) {
            sync(parent);
        }
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
        Path file = root.resolve(path);
        return new LocalFile(file, FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public DiskFile create(String path) throws IOException {
        try {
            return new LocalFile(
                    root.resolve(path),
                    FileChannel.open(
                            root.resolve(path),
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING));
        } catch (IOException e) {
            throw DiskFullException.orSame(e, locate(path));
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        try {
            Files.move(root.resolve(from), root.resolve(to), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw DiskFullException.orSame(e, locate(to));
        }
    }

    @Override
    public void delete(String path) throws IOException {
        Files.deleteIfExists(root.resolve(path));
    }

    @Override
    public boolean hasOneName(String path) throws IOException {
        try {
            return Integer.valueOf(1).equals(Files.getAttribute(root.resolve(path), "unix:nlink"));
        } catch (UnsupportedOperationException | IllegalArgumentException | NoSuchFileException e) {
            return false;
        }
    }

    @Override
    public void syncDirectory(String directory) throws IOException {
        sync(root.resolve(directory));
    }

    private static void sync(Path directory) throws IOException {
        if (System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows")) {
            return; // Windows cannot open directories; NTFS journals its names
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public AutoCloseable lock(String path, String holder) throws IOException, LockedException {
        // Closing any channel of a file drops all POSIX locks that this process has on it, so a file that this process
        // has locked must not even be opened a second time.
        Path file = root.toRealPath().resolve(path);
        String mine = HELD.putIfAbsent(file, holder);
        if (mine != null) {
            throw new LockedException(mine);
        }
        try {
            FileChannel channel = lockFile(file, holder);
            return () -> {
                channel.close();
                HELD.remove(file);
            };
        } catch (IOException | LockedException | RuntimeException e) {
            HELD.remove(file);
            throw e;
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // Another class loader of this process holds it.
            return false;
        }
    }

    private static FileChannel lockFile(Path file, String holder) throws IOException, LockedException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        if (!tryLock(channel)) {
            ByteBuffer left = ByteBuffer.allocate(1024);
            channel.read(left, 0);
            channel.close();
            throw new LockedException(new String(left.array(), 0, left.position(), StandardCharsets.UTF_8).strip());
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
        return channel;
    }

    @Override
    public String locate(String path) {
        return root.resolve(path).toString();
    }
}
