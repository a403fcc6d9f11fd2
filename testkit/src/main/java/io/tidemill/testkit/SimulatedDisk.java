package io.tidemill.testkit;

import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import io.tidemill.log.disk.DiskFullException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that crashes, fills up, fails and rots on request, all from one seed. Thread-safe.
 *
 * <p>Files live in two images: what is durable, and what is seen. {@link #crash} builds from them what a machine may find after
 * a loss of power:
 *
 * <ul>
 *   <li>Of what was written since a file was last forced, any sectors of 512 bytes may be there, each as it was after any
 *       of the writes to it; sectors are atomic.
 *   <li>Lengths change in the order of the calls, but independently of the data: a file may be long and hold zeros.
 *   <li>Names that were created, renamed or deleted since their directory was last synced may or may not have been: half
 *       the time a prefix of each directory's changes, half the time any subset that keeps the order of changes to the
 *       same name. A rename is atomic. This goes for directories too: their names are in their parent directory.
 * </ul>
 *
 * <p>Every write, truncate and force, every change of a name and every sync of a directory is an <i>operation</i>; they are
 * counted, so that a test can crash at each in turn ({@link #crashAt}) or look at each in one run ({@link #watch}).
 */
public final class SimulatedDisk implements Disk {
    /** A bit that has changed on its own. */
    public record Flip(String path, long position, int bit) {}

    private final long seed;
    private final DiskImage image;
    private final Set<SimulatedFile> open = new HashSet<>();
    private final Map<String, Lock> locks = new HashMap<>();

    private long draws;
    private long operations;
    private boolean down;
    private long crashAt;
    private long forces;
    private long failForceAt;
    private long failAt;
    private long bytesMax = Long.MAX_VALUE;
    private @Nullable Consumer<OperationInFlight> watcher;
    private @Nullable VirtualClock clock;
    private Duration writeTime = Duration.ZERO;
    private Duration forceTime = Duration.ZERO;

    /** An empty disk. */
    public SimulatedDisk(long seed) {
        this(seed, new DiskImage());
    }

    private SimulatedDisk(long seed, DiskImage image) {
        this.seed = seed;
        this.image = image;
    }

    /**
     * A disk with the same content, durable and not, and the same luck to come. Nothing is open or locked on it, and no
     * fault is set. Copies share memory until they change.
     */
    public synchronized SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk(seed, image.fork());
        copy.draws = draws;
        return copy;
    }

    /** The same with other luck. */
    public synchronized SimulatedDisk copy(long newSeed) {
        return new SimulatedDisk(newSeed, image.fork());
    }

    /** Power is lost and comes back. Files that were open and locks that were held are no longer. */
    public synchronized void crash() {
        image.crash(random());
        reboot();
    }

    /** The process that used the disk is killed: what it had written stays as it is seen. */
    public synchronized void processCrash() {
        reboot();
    }

    private void reboot() {
        open.clear();
        locks.clear();
        image.collect(Set.of());
        down = false;
        crashAt = 0;
        failForceAt = 0;
        failAt = 0;
    }

    /**
     * The machine goes down at the {@code operation}th operation from now (1 is the next): it, of which nothing, some or all
     * may have happened, and whatever is tried after it throw {@link SimulatedCrash}, until {@link #crash} or {@link
     * #processCrash} is called.
     */
    public synchronized void crashAt(long operation) {
        crashAt = operations + positive(operation);
    }

    /** How many operations there were. */
    public synchronized long operations() {
        return operations;
    }

    /** The paths by which files were opened that were not closed, sorted; a path as often as it is open. */
    public synchronized List<String> openFiles() {
        return open.stream().map(SimulatedFile::path).sorted().toList();
    }

    /** Shows every operation to {@code newWatcher} before it happens, on its thread, with the disk locked; null ends it. */
    public synchronized void watch(@Nullable Consumer<OperationInFlight> newWatcher) {
        watcher = newWatcher;
    }

    /**
     * There is room for {@code bytes} more. What then makes a file longer fails with {@link DiskFullException} once it has
     * filled the room; so does creating a file when there is none. Overwriting goes on.
     */
    public synchronized void fullAfter(long bytes) {
        bytesMax = image.size() + bytes;
    }

    /** There is room again. */
    public synchronized void freeSpace() {
        bytesMax = Long.MAX_VALUE;
    }

    /**
     * The {@code force}th force of a file from now (1 is the next) fails. As on Linux, what it was to make durable is
     * durable or lost at random, no later force will try it again, and reads may or may not still see it.
     */
    public synchronized void failForceAt(long force) {
        failForceAt = forces + positive(force);
    }

    /**
     * The {@code operation}th operation from now (1 is the next) fails: nothing, some or all of it has happened. A force fails
     * as in {@link #failForceAt}.
     */
    public synchronized void failAt(long operation) {
        failAt = operations + positive(operation);
    }

    private static long positive(long count) {
        if (count < 1) {
            throw new IllegalArgumentException("counted from 1, not " + count);
        }
        return count;
    }

    /** Changes a bit, 0 to 7, of what is on the disk and of what is read. Bytes that were not forced may come back in a crash. */
    public synchronized void flipBit(String path, long position, int bit) throws IOException {
        Content file = image.file(image.number(path));
        if (position < 0 || position >= file.length() || bit < 0 || bit > 7) {
            throw new IllegalArgumentException(
                    "bit " + bit + " at " + position + " of " + path + ", which has " + file.length() + " bytes");
        }
        file.flip(position, bit);
    }

    /** Changes some bit of some file; every byte of the disk has the same chance. */
    public synchronized Flip flipRandomBit() throws IOException {
        SplittableRandom random = random();
        long size = image.size();
        if (size == 0) {
            throw new IllegalStateException("the disk is empty");
        }
        long at = random.nextLong(size);
        for (Map.Entry<String, Long> entry : image.names().files().entrySet()) {
            long length = image.file(entry.getValue()).length();
            if (at < length) {
                Flip flip = new Flip(entry.getKey(), at, random.nextInt(8));
                flipBit(flip.path, flip.position, flip.bit);
                return flip;
            }
            at -= length;
        }
        throw new IllegalStateException("lengths changed meanwhile");
    }

    /** From now on an operation advances {@code newClock}: a force or a sync of a directory by {@code force}, any other by {@code write}. */
    public synchronized void slow(VirtualClock newClock, Duration write, Duration force) {
        clock = newClock;
        writeTime = write;
        forceTime = force;
    }

    @Override
    public synchronized void createDirectories(String path) throws IOException {
        checkUp();
        Long there = image.names().get(path);
        if (there == null) {
            createDirectories(Names.parent(path));
            perform(new Operation.Naming(new NameChange.Link(path, Names.DIRECTORY)));
        } else if (there != Names.DIRECTORY) {
            throw new IOException(path + " is a file");
        }
    }

    @Override
    public synchronized List<String> list(String directory) throws IOException {
        checkUp();
        return image.names().files().keySet().stream()
                .filter(path -> Names.parent(path).equals(directory))
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .toList();
    }

    @Override
    public synchronized boolean exists(String path) throws IOException {
        checkUp();
        return image.names().get(path) != null;
    }

    @Override
    public synchronized DiskFile open(String path) throws IOException {
        checkUp();
        return opened(image.number(path), path);
    }

    @Override
    public synchronized DiskFile create(String path) throws IOException {
        checkUp();
        if (image.names().get(path) == null) {
            return opened(createNew(path), path);
        }
        long number = image.number(path);
        if (image.file(number).length() > 0) {
            perform(new Operation.Truncate(number, 0));
        }
        return opened(number, path);
    }

    private long createNew(String path) throws IOException {
        checkDirectory(Names.parent(path));
        if (path.isEmpty() || path.startsWith("/") || path.endsWith("/")) {
            throw new FileNotFoundException("not a path of a file: '" + path + "'");
        }
        if (image.size() >= bytesMax) {
            throw new DiskFullException("no room left to create " + path);
        }
        long number = image.nextFile();
        perform(new Operation.Naming(new NameChange.Link(path, number)));
        return number;
    }

    private DiskFile opened(long number, String path) {
        SimulatedFile file = new SimulatedFile(this, number, path);
        open.add(file);
        return file;
    }

    @Override
    public synchronized void rename(String from, String to) throws IOException {
        checkUp();
        image.number(from); // throws unless it is a file
        checkDirectory(Names.parent(to));
        Long target = image.names().get(to);
        if (target != null && target == Names.DIRECTORY) {
            throw new IOException(to + " is a directory");
        }
        if (!from.equals(to)) {
            perform(new Operation.Naming(new NameChange.Rename(from, to)));
        }
    }

    @Override
    public synchronized void delete(String path) throws IOException {
        checkUp();
        if (image.names().get(path) != null) {
            image.number(path); // throws unless it is a file
            perform(new Operation.Naming(new NameChange.Unlink(path)));
        }
    }

    @Override
    public boolean hasOneName(String path) {
        return true;
    }

    @Override
    public synchronized void syncDirectory(String directory) throws IOException {
        checkUp();
        checkDirectory(directory);
        perform(new Operation.SyncDirectory(directory));
        image.collect(open.stream().map(SimulatedFile::number).collect(Collectors.toSet()));
    }

    private void checkDirectory(String directory) throws IOException {
        Long number = image.names().get(directory);
        if (number == null || number != Names.DIRECTORY) {
            throw new FileNotFoundException("there is no directory '" + directory + "'");
        }
    }

    @Override
    public String locate(String path) {
        return "simulated:/" + path;
    }

    @Override
    public synchronized AutoCloseable lock(String path, String holder) throws IOException, LockedException {
        checkUp();
        if (locks.containsKey(path)) {
            Content file = image.file(image.number(path));
            ByteBuffer left = ByteBuffer.allocate((int) file.length());
            file.read(left, 0);
            throw new LockedException(new String(left.array(), StandardCharsets.UTF_8));
        }
        byte[] content = holder.getBytes(StandardCharsets.UTF_8);
        try (DiskFile file = create(path)) {
            file.write(ByteBuffer.wrap(content), 0);
        }
        Lock lock = new Lock(path);
        locks.put(path, lock);
        return lock;
    }

    private final class Lock implements AutoCloseable {
        private final String path;

        private Lock(String path) {
            this.path = path;
        }

        @Override
        public void close() {
            synchronized (SimulatedDisk.this) {
                locks.remove(path, this);
            }
        }
    }

    synchronized int read(SimulatedFile file, ByteBuffer target, long position) throws IOException {
        return content(file).read(target, position);
    }

    synchronized long size(SimulatedFile file) throws IOException {
        return content(file).length();
    }

    synchronized void write(SimulatedFile file, ByteBuffer source, long position) throws IOException {
        Content content = content(file);
        if (position < 0) {
            throw new IllegalArgumentException("negative position " + position);
        }
        int wanted = source.remaining();
        byte[] bytes = new byte[fitting(content.length(), position, wanted)];
        source.get(bytes);
        if (bytes.length > 0) {
            perform(new Operation.Write(file.number(), position, bytes));
        }
        if (bytes.length < wanted) {
            throw new DiskFullException("no room left to write " + locate(file.path()));
        }
    }

    /** How many of the bytes fit into the room that is left. */
    private int fitting(long length, long position, int wanted) {
        if (bytesMax == Long.MAX_VALUE) {
            return wanted;
        }
        long lengthMax = length + Math.max(0, bytesMax - image.size());
        return (int) Math.max(0, Math.min(wanted, lengthMax - position));
    }

    synchronized void truncate(SimulatedFile file, long size) throws IOException {
        if (size < content(file).length()) {
            perform(new Operation.Truncate(file.number(), size));
        }
    }

    synchronized void force(SimulatedFile file) throws IOException {
        content(file); // throws unless it is open
        forces++;
        if (forces == failForceAt) {
            failAt = operations + 1;
        }
        perform(new Operation.Force(file.number()));
    }

    synchronized void close(SimulatedFile file) {
        open.remove(file);
    }

    private Content content(SimulatedFile file) throws IOException {
        checkUp();
        if (!open.contains(file)) {
            throw new IOException(locate(file.path()) + " was closed, or open in a crash");
        }
        return image.file(file.number());
    }

    private void checkUp() throws SimulatedCrash {
        if (down) {
            throw new SimulatedCrash("the machine is down since operation " + crashAt);
        }
    }

    private void perform(Operation operation) throws IOException {
        operations++;
        if (watcher != null) {
            watcher.accept(new OperationInFlight(operations, this, operation));
        }
        if (clock != null) {
            clock.advance(
                    operation instanceof Operation.Force || operation instanceof Operation.SyncDirectory
                            ? forceTime
                            : writeTime);
        }
        if (operations == crashAt) {
            down = true;
            String description = describe(operation);
            image.applyInPart(operation, random());
            throw new SimulatedCrash("crashed at operation " + operations + ", " + description);
        }
        if (operations == failAt) {
            fail(operation);
        }
        image.apply(operation);
    }

    private void fail(Operation operation) throws IOException {
        String description = describe(operation);
        if (operation instanceof Operation.Force force) {
            image.file(force.file()).failForce(random());
        } else {
            image.applyInPart(operation, random());
        }
        throw new IOException("simulated failure of operation " + operations + ", " + description);
    }

    synchronized SimulatedDisk interrupt(Operation operation, long newSeed) {
        SimulatedDisk copy = copy(newSeed);
        copy.image.applyInPart(operation, copy.random());
        return copy;
    }

    synchronized String describe(Operation operation) {
        return image.describe(operation);
    }

    private SplittableRandom random() {
        return new SplittableRandom(seed + 0x9E3779B97F4A7C15L * ++draws);
    }
}
