package io.tidemill.compat.consistency;

import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A disk whose syncs take time, as those of real ones do: meanwhile much is written that a failure takes away. */
final class SlowDisk implements Disk {
    private final Disk disk;
    private final Duration forceTime;

    SlowDisk(Disk disk, Duration forceTime) {
        this.disk = disk;
        this.forceTime = forceTime;
    }

    private final class SlowFile implements DiskFile {
        private final DiskFile file;

        private SlowFile(DiskFile file) {
            this.file = file;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return file.read(target, position);
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            file.write(source, position);
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            file.truncate(size);
        }

        @Override
        public void force() throws IOException {
            LockSupport.parkNanos(forceTime.toNanos());
            file.force();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    @Override
    public void createDirectories(String path) throws IOException {
        disk.createDirectories(path);
    }

    @Override
    public List<String> list(String directory) throws IOException {
        return disk.list(directory);
    }

    @Override
    public boolean exists(String path) throws IOException {
        return disk.exists(path);
    }

    @Override
    public DiskFile open(String path) throws IOException {
        return new SlowFile(disk.open(path));
    }

    @Override
    public DiskFile create(String path) throws IOException {
        return new SlowFile(disk.create(path));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void delete(String path) throws IOException {
        disk.delete(path);
    }

    @Override
    public void syncDirectory(String directory) throws IOException {
        disk.syncDirectory(directory);
    }

    @Override
    public AutoCloseable lock(String path, String holder) throws IOException, LockedException {
        return disk.lock(path, holder);
    }

    @Override
    public String locate(String path) {
        return disk.locate(path);
    }
}
