package io.tidemill.log;

import io.tidemill.api.Topic;
import io.tidemill.log.Catalog.PartitionState;
import io.tidemill.log.Catalog.TopicState;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.Segment.Slice;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFullException;
import io.tidemill.log.disk.LocalDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log in one directory, in this process.
 *
 * <p>Three locks, always taken in this order. <b>append</b>: offsets are given out and frames written in one order.
 * <b>sync</b>: one thread syncs while others wait; whoever comes next finds its frame synced or syncs for all that came
 * meanwhile. <b>state</b>: the catalog, which changes only when a frame has become as durable as promised.
 */
public final class EmbeddedLog implements Log {
    private static final Logger LOGGER = LoggerFactory.getLogger(EmbeddedLog.class);
    private static final Duration MARK_AFTER = Duration.ofMillis(100);
    private static final String LOCK_FILE = "lock";

    final Disk disk;
    final LogOptions options;
    final ReentrantLock stateLock = new ReentrantLock();
    final Catalog catalog;
    final List<Segment> segments;
    final IndexCache indexCache;

    private final AutoCloseable directoryLock;
    private final @Nullable Scheduler ownScheduler;
    private final ReentrantLock appendLock = new ReentrantLock();
    private final ReentrantLock syncLock = new ReentrantLock();
    private final ReentrantLock adminLock = new ReentrantLock();
    private final Condition changed = stateLock.newCondition();
    private final FrameBuffer buffer = new FrameBuffer();
    private final Journal journal;
    private final LogReader reader;
    private final Maintenance maintenance;
    private final List<Runnable> chores = new ArrayList<>();

    /** Written, but not yet as durable as promised; by sequence. Guarded by the state lock. */
    private final ArrayDeque<WrittenFrame> waiting = new ArrayDeque<>();

    private volatile long writtenSequence;
    private volatile long syncedSequence;
    private volatile long changes;
    private volatile @Nullable Exception failure;
    private volatile boolean closing;
    private volatile boolean closed;

    /** What becomes visible once frame {@code sequence} is durable. */
    private record WrittenFrame(
            long sequence, Segment segment, long appendTime, List<WrittenBatch> batches, List<Change> changes) {}

    private record WrittenBatch(
            long key, long baseOffset, long lastOffset, int position, int length, long maxTimestamp) {}

    /** A batch on its way into a frame. */
    private record Placed(PartitionState partition, Batch batch, long baseOffset) {}

    private EmbeddedLog(Disk disk, LogOptions options, AutoCloseable directoryLock, @Nullable Scheduler ownScheduler)
            throws IOException {
        this.disk = disk;
        this.options = options;
        this.directoryLock = directoryLock;
        this.ownScheduler = ownScheduler;
        catalog = new Catalog();
        segments = new Recovery(disk, catalog).run();
        if (segments.isEmpty()) {
            segments.add(Journal.create(
                    disk, 1, 1, buffer, catalog.snapshot(), options.clock().millis()));
        }
        Segment last = segments.get(segments.size() - 1);
        for (TopicState topic : catalog.topics()) {
            for (PartitionState partition : topic.partitions) {
                partition.nextOffset = partition.end;
            }
        }
        journal = new Journal(disk, options, last);
        indexCache = new IndexCache(disk, segments);
        reader = new LogReader(this);
        maintenance = new Maintenance(this);
        writtenSequence = last.lastSequence;
        syncedSequence = last.lastSequence;
        changes = last.lastSequence;
        Scheduler scheduler = ownScheduler == null ? options.scheduler() : ownScheduler;
        chores.add(scheduler.every(MARK_AFTER, this::markIfIdle));
        chores.add(scheduler.every(MARK_AFTER, maintenance::writeIndexes));
        chores.add(scheduler.every(options.maintenance(), this::maintainAsChore));
    }

    /**
     * Opens the log in a directory of the local file system, which is made if it does not exist. Unless a scheduler is
     * given, the log runs its chores on a daemon thread of its own.
     */
    public static EmbeddedLog open(Path directory, LogOptions options) {
        boolean own = options.scheduler().equals(Scheduler.DEFAULT);
        return open(new LocalDisk(directory), options, own ? Scheduler.threaded("tidemill-log") : null);
    }

    /**
     * Opens the log at the root of {@code disk}. Unless a scheduler is given, no chores run.
     *
     * @throws LogException {@code IN_USE} when another log has it open, {@code DAMAGED} when bytes are not what was written
     */
    public static EmbeddedLog open(Disk disk, LogOptions options) {
        return open(disk, options, null);
    }

    private static EmbeddedLog open(Disk disk, LogOptions options, @Nullable Scheduler own) {
        AutoCloseable lock = null;
        try {
            disk.createDirectories("");
            disk.createDirectories(Segment.DIRECTORY);
            disk.syncDirectory("");
            lock = disk.lock(
                    LOCK_FILE,
                    "format=1\nholder=" + options.holder() + "\nprocess="
                            + ProcessHandle.current().pid() + "\nsince="
                            + options.clock().instant() + "\n");
            EmbeddedLog log = new EmbeddedLog(disk, options, lock, own);
            lock = null;
            return log;
        } catch (Disk.LockedException e) {
            throw new LogException(
                    Code.IN_USE,
                    "the data directory " + disk.locate("") + " is in use by "
                            + e.holder().replace("format=1\n", "").strip().replace("\n", ", ")
                            + ": stop that process, or use another directory");
        } catch (DiskFullException e) {
            throw new LogException(Code.DISK_FULL, "the disk is full: free some room and open the log again", e);
        } catch (IOException e) {
            throw new LogException(Code.IO, "cannot open the log in " + disk.locate("") + ": " + e.getMessage(), e);
        } finally {
            if (lock != null) {
                closeQuietly(lock);
            }
            if (lock != null && own != null) {
                own.close();
            }
        }
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            throw new LogException(Code.IO, "cannot close: " + e.getMessage(), e);
        }
    }

    // ---- topics ----

    @Override
    public TopicDescription createTopic(String name, TopicConfig config) {
        Topic.requireLegalName(name);
        adminLock.lock();
        try {
            int id;
            stateLock.lock();
            try {
                if (catalog.topic(name) != null) {
                    throw new LogException(Code.TOPIC_EXISTS, "topic '" + name + "' exists");
                }
                id = catalog.nextTopicId();
            } finally {
                stateLock.unlock();
            }
            UUID uuid = UUID.nameUUIDFromBytes(
                    (name + "/" + id + "/" + options.clock().millis()).getBytes(StandardCharsets.UTF_8));
            commitChanges(List.of(new Change.TopicCreated(id, uuid, name, config)));
            return new TopicDescription(name, uuid, config);
        } finally {
            adminLock.unlock();
        }
    }

    @Override
    public void deleteTopic(String name) {
        adminLock.lock();
        try {
            int id = read(() -> required(name).created.topicId());
            commitChanges(List.of(new Change.TopicDeleted(id)));
        } finally {
            adminLock.unlock();
        }
    }

    @Override
    public Optional<TopicDescription> topic(String name) {
        return read(() -> Optional.ofNullable(catalog.topic(name)).map(TopicState::describe));
    }

    @Override
    public List<TopicDescription> topics() {
        return read(() -> {
            List<TopicDescription> all = new ArrayList<>();
            catalog.topics().forEach(topic -> all.add(topic.describe()));
            return all;
        });
    }

    private TopicState required(String name) {
        TopicState topic = catalog.topic(name);
        if (topic == null) {
            throw new LogException(Code.UNKNOWN_TOPIC, "there is no topic '" + name + "'");
        }
        return topic;
    }

    PartitionState required(TopicPartition partition) {
        TopicState topic = required(partition.topic());
        if (partition.partition() >= topic.partitions.length) {
            throw new LogException(
                    Code.UNKNOWN_TOPIC,
                    "topic '" + partition.topic() + "' has " + topic.partitions.length
                            + " partitions, numbered from 0; there is no " + partition.partition());
        }
        return topic.partitions[partition.partition()];
    }

    // ---- reading ----

    private <T> T read(java.util.function.Supplier<T> question) {
        stateLock.lock();
        try {
            requireOpen();
            return question.get();
        } finally {
            stateLock.unlock();
        }
    }

    @Override
    public void fetch(TopicPartition partition, long offset, int bytesMax, RecordCursor into) {
        reader.fetch(partition, offset, bytesMax, into);
    }

    @Override
    public OffsetRange offsets(TopicPartition partition) {
        return read(() -> {
            PartitionState state = required(partition);
            return new OffsetRange(state.start, state.end);
        });
    }

    @Override
    public OptionalLong offsetAtOrAfter(TopicPartition partition, long timestampMillis) {
        return reader.offsetAtOrAfter(partition, timestampMillis);
    }

    @Override
    public OptionalLong committed(String group, TopicPartition partition) {
        return read(() -> {
            TreeMap<Long, Long> offsets = catalog.groups().get(group);
            Long offset = offsets == null ? null : offsets.get(required(partition).key);
            return offset == null ? OptionalLong.empty() : OptionalLong.of(offset);
        });
    }

    @Override
    public Map<String, Map<TopicPartition, Long>> groups() {
        return read(() -> {
            Map<String, Map<TopicPartition, Long>> all = new TreeMap<>();
            catalog.groups().forEach((group, offsets) -> {
                Map<TopicPartition, Long> named = new TreeMap<>();
                offsets.forEach((key, offset) -> {
                    TopicState topic = catalog.topic(FrameFormat.topicId(key));
                    if (topic != null) {
                        named.put(new TopicPartition(topic.created.name(), FrameFormat.partition(key)), offset);
                    }
                });
                all.put(group, named);
            });
            return all;
        });
    }

    @Override
    public long changes() {
        return changes;
    }

    @Override
    public long awaitChange(long seen, Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        stateLock.lockInterruptibly();
        try {
            while (changes <= seen && !closed && failure == null && left > 0) {
                left = changed.awaitNanos(left);
            }
            return changes;
        } finally {
            stateLock.unlock();
        }
    }

    @Override
    public Durability durability() {
        return options.durability();
    }

    /** The bytes of all journal files, index files apart. */
    public long sizeInBytes() {
        return read(() -> segments.stream().mapToLong(segment -> segment.end).sum());
    }

    // ---- committing ----

    @Override
    public CommitResult commit(Commit commit) {
        List<Placed> placed = new ArrayList<>(commit.appends().size());
        List<Change> changes = new ArrayList<>();
        long sequence;
        appendLock.lock();
        try {
            requireOpen();
            stateLock.lock();
            try {
                place(commit, placed);
                collectChanges(commit, changes);
            } finally {
                stateLock.unlock();
            }
            sequence = write(placed, changes, false);
        } finally {
            appendLock.unlock();
        }
        makeVisible(sequence);
        return new CommitResult(
                sequence, placed.stream().map(Placed::baseOffset).toList());
    }

    /** Decides the offset of every batch; changes nothing. */
    private void place(Commit commit, List<Placed> placed) {
        commit.expectedEnds().forEach((partition, expected) -> {
            long end = required(partition).nextOffset;
            if (end != expected) {
                throw new LogException(
                        Code.CONFLICT, partition + " ends at " + end + ", not at " + expected + " as was expected");
            }
        });
        Map<PartitionState, Long> next = new HashMap<>();
        for (Commit.Append append : commit.appends()) {
            TopicState topic = required(append.partition().topic());
            PartitionState partition = required(append.partition());
            Batch batch = append.batch();
            int recordBytesMax = topic.created.config().recordBytesMax();
            if (batch.recordBytesMax() > recordBytesMax) {
                throw new LogException(
                        Code.RECORD_TOO_LARGE,
                        "a record of " + batch.recordBytesMax() + " bytes is larger than topic '"
                                + topic.created.name() + "' takes (" + recordBytesMax
                                + " bytes): make it smaller, or create the topic with a larger record-bytes-max (up to "
                                + TopicConfig.RECORD_BYTES_MAX_LIMIT + ")");
            }
            long base = next.getOrDefault(partition, partition.nextOffset);
            placed.add(new Placed(partition, batch, base));
            next.put(partition, base + batch.offsetCount());
        }
    }

    private void collectChanges(Commit commit, List<Change> changes) {
        commit.offsets().forEach((group, offsets) -> {
            List<Change.PartitionOffset> byId = new ArrayList<>(offsets.size());
            offsets.forEach((partition, offset) -> {
                long key = required(partition).key;
                byId.add(new Change.PartitionOffset(FrameFormat.topicId(key), FrameFormat.partition(key), offset));
            });
            changes.add(new Change.OffsetsCommitted(group, byId));
        });
        commit.trims().forEach((partition, start) -> {
            PartitionState state = required(partition);
            if (start > state.nextOffset) {
                throw new LogException(
                        Code.INVALID, "cannot trim " + partition + " to " + start + ": it ends at " + state.nextOffset);
            }
            changes.add(new Change.StartMoved(FrameFormat.topicId(state.key), FrameFormat.partition(state.key), start));
        });
    }

    /** Commits what only the log itself decides. It may use the room that is kept back for it. */
    void commitChanges(List<? extends Change> decided) {
        long sequence;
        appendLock.lock();
        try {
            requireOpen();
            sequence = write(List.of(), List.copyOf(decided), true);
        } finally {
            appendLock.unlock();
        }
        makeVisible(sequence);
    }

    /** Writes a frame and gives its batches their offsets; holds the append lock. */
    private long write(List<Placed> placed, List<Change> decided, boolean mayUseReserve) {
        long bodyBytes = 0;
        for (Placed batch : placed) {
            bodyBytes += FrameBuffer.sizeOf(batch.batch);
        }
        for (Change change : decided) {
            bodyBytes += buffer.encode(change);
        }
        if (bodyBytes > options.commitBytesMax()) {
            throw new LogException(
                    Code.COMMIT_TOO_LARGE,
                    "a commit of " + bodyBytes + " bytes is larger than commitBytesMax (" + options.commitBytesMax()
                            + "): split it");
        }
        try {
            if (journal.isFullFor(bodyBytes + FrameFormat.FRAME_HEADER_BYTES)) {
                rollIfPossible(mayUseReserve);
            }
            return writeFrame(placed, decided, bodyBytes, mayUseReserve);
        } catch (DiskFullException e) {
            throw new LogException(
                    Code.DISK_FULL,
                    "the disk that holds " + disk.locate("")
                            + " is full: free some room and try again; nothing of the commit was kept",
                    e);
        } catch (IOException e) {
            throw fail("cannot write to the journal", e);
        }
    }

    private long writeFrame(List<Placed> placed, List<Change> decided, long bodyBytes, boolean mayUseReserve)
            throws IOException {
        Segment segment = journal.active();
        long appendTime = options.clock().millis();
        List<WrittenBatch> batches = new ArrayList<>(placed.size());
        buffer.begin(bodyBytes);
        for (Placed entry : placed) {
            int at = buffer.addRecords(entry.partition.key, entry.baseOffset, entry.batch);
            batches.add(new WrittenBatch(
                    entry.partition.key,
                    entry.baseOffset,
                    entry.baseOffset + entry.batch.offsetCount() - 1,
                    Math.toIntExact(segment.end + at),
                    (int) FrameBuffer.sizeOf(entry.batch),
                    entry.batch.maxTimestamp()));
        }
        decided.forEach(buffer::addChange);
        long sequence = journal.nextSequence();
        journal.write(
                buffer.finish(sequence, appendTime, syncedSequence, segment.header.salt()),
                buffer.entryCount(),
                mayUseReserve);
        for (Placed entry : placed) {
            entry.partition.nextOffset = entry.baseOffset + entry.batch.offsetCount();
        }
        stateLock.lock();
        try {
            waiting.add(new WrittenFrame(sequence, segment, appendTime, batches, decided));
            writtenSequence = sequence;
        } finally {
            stateLock.unlock();
        }
        return sequence;
    }

    private void rollIfPossible(boolean mayUseReserve) throws IOException {
        try {
            roll();
        } catch (DiskFullException e) {
            // What gives room back must not need any: it may make the last file longer than it should be.
            if (!mayUseReserve) {
                throw e;
            }
        }
    }

    /** Seals the last file and begins the next; holds the append lock. */
    private void roll() throws IOException {
        Segment sealed = journal.active();
        syncLock.lock();
        try {
            // A sync that failed for another thread is reported to it alone: ours would succeed and mean nothing.
            requireOpen();
            sealed.file.force();
            publish(writtenSequence, true);
        } catch (IOException e) {
            throw fail("cannot sync the journal", e);
        } finally {
            syncLock.unlock();
        }
        Change.Snapshot snapshot = read(catalog::snapshot);
        Segment next = journal.createNext(buffer, snapshot, options.clock().millis());
        stateLock.lock();
        try {
            segments.add(next);
            writtenSequence = next.lastSequence;
            syncedSequence = next.lastSequence;
        } finally {
            stateLock.unlock();
        }
        sealed.file.truncate(sealed.end);
        // A large index takes a while to write, and commits wait here.
        maintenance.indexLater(sealed);
    }

    /** Returns when frame {@code sequence} is as durable as promised, and everything up to it visible. */
    private void makeVisible(long sequence) {
        if (options.durability() == Durability.OS) {
            publish(sequence, false);
            return;
        }
        syncLock.lock();
        try {
            if (syncedSequence >= sequence) {
                return;
            }
            requireOpen();
            long target = writtenSequence;
            // Frames up to the target are in this file or, if it has just been rolled, in one that was synced then.
            journal.active().file.force();
            publish(target, true);
        } catch (IOException e) {
            throw fail("cannot sync the journal", e);
        } finally {
            syncLock.unlock();
        }
    }

    /**
     * Makes durable what files are about to be removed for. In mode {@code OS} a loss of power could otherwise leave the
     * removal, but not the decision.
     */
    void syncBeforeRemoval() {
        if (options.durability() == Durability.DISK) {
            return;
        }
        syncLock.lock();
        try {
            requireOpen();
            long target = writtenSequence;
            journal.active().file.force();
            publish(target, true);
        } catch (IOException e) {
            throw fail("cannot sync the journal", e);
        } finally {
            syncLock.unlock();
        }
    }

    private void publish(long upTo, boolean synced) {
        stateLock.lock();
        try {
            WrittenFrame frame = waiting.peek();
            while (frame != null && frame.sequence <= upTo) {
                waiting.remove();
                apply(frame);
                frame = waiting.peek();
            }
            if (synced) {
                syncedSequence = Math.max(syncedSequence, upTo);
            }
            changes = Math.max(changes, upTo);
            changed.signalAll();
        } finally {
            stateLock.unlock();
        }
    }

    private void apply(WrittenFrame frame) {
        for (WrittenBatch batch : frame.batches) {
            Slice slice = frame.segment.add(
                    batch.key,
                    batch.baseOffset,
                    batch.lastOffset,
                    batch.position,
                    batch.length,
                    batch.maxTimestamp,
                    frame.appendTime);
            catalog.applyRecords(slice, batch.lastOffset);
        }
        frame.changes.forEach(catalog::apply);
    }

    /**
     * Leaves an empty frame after the last one, which says that all before it are on the disk: should the last commit be
     * damaged later, the next opening knows that it was there.
     */
    private void markIfIdle() {
        if (!appendLock.tryLock()) {
            return;
        }
        try {
            boolean idle = syncedSequence == writtenSequence && !journal.endsInMark();
            if (!closed && failure == null && idle && options.durability() == Durability.DISK) {
                writeMark();
            }
        } finally {
            appendLock.unlock();
        }
    }

    private void writeMark() {
        try {
            writeFrame(List.of(), List.of(), 0, false);
        } catch (DiskFullException e) {
            // The next commit will tell.
        } catch (IOException e) {
            throw fail("cannot write to the journal", e);
        }
    }

    // ---- keeping house ----

    /**
     * Removes what retention no longer keeps, compacts, and gives the room back. Run by the scheduler; may be called at any
     * time, and returns at once if it is already running.
     */
    public void maintain() {
        maintenance.run();
    }

    private void maintainAsChore() {
        try {
            maintain();
        } catch (RuntimeException e) {
            // Whatever it is, the chore must come again.
            if (!closing) {
                LOGGER.error("Could not give room back: {}", e.getMessage(), e);
            }
        }
    }

    void requireNotClosing() {
        if (closing) {
            throw new LogException(Code.CLOSED, "the log is being closed");
        }
    }

    LogException fail(String what, IOException cause) {
        failure = cause;
        stateLock.lock();
        try {
            changed.signalAll();
        } finally {
            stateLock.unlock();
        }
        return new LogException(
                Code.IO,
                what + " in " + disk.locate("") + ": " + cause.getMessage()
                        + ". The log takes no more commits; close it, look at the disk, and open it again",
                cause);
    }

    void requireOpen() {
        Exception failed = failure;
        if (failed != null) {
            throw new LogException(
                    Code.IO, "the log has failed (" + failed.getMessage() + "): close it and open it again", failed);
        }
        if (closed) {
            throw new LogException(Code.CLOSED, "the log is closed");
        }
    }

    @Override
    public void close() {
        closing = true;
        chores.forEach(Runnable::run);
        maintenance.finish();
        if (ownScheduler != null) {
            ownScheduler.close();
        }
        appendLock.lock();
        try {
            if (closed) {
                return;
            }
            if (failure == null) {
                finish();
            }
            closed = true;
        } finally {
            appendLock.unlock();
        }
        stateLock.lock();
        try {
            changed.signalAll();
            segments.forEach(Segment::retire);
        } finally {
            stateLock.unlock();
            closeQuietly(directoryLock);
        }
    }

    private void finish() {
        syncLock.lock();
        try {
            journal.active().file.force();
            publish(writtenSequence, true);
            if (!journal.endsInMark()) {
                writeMark();
                journal.active().file.force();
            }
        } catch (IOException | LogException e) {
            // What was acknowledged is on the disk; the directory must be given up all the same.
            failure = e;
            LOGGER.warn("The log in {} was not closed cleanly: {}", disk.locate(""), e.getMessage());
        } finally {
            syncLock.unlock();
        }
    }
}
