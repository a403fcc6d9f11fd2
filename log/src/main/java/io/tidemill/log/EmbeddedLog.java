package io.tidemill.log;

import io.tidemill.api.Topic;
import io.tidemill.log.Catalog.PartitionState;
import io.tidemill.log.Catalog.TopicState;
import io.tidemill.log.Decider.Placed;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.Segment.Slice;
import io.tidemill.log.batch.BatchHeader;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
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
    private static final Duration EXPIRE_AFTER = Duration.ofSeconds(1);
    private static final String LOCK_FILE = "lock";

    final Disk disk;
    final LogOptions options;
    final ReentrantLock stateLock = new ReentrantLock();
    final Catalog catalog;
    final List<Segment> segments;
    final IndexCache indexCache;
    final Producers producers;

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

    /** Of the maintenance that comes by itself. */
    private final Pace pace;

    /** When the chores last ran in a rest of maintenance, and when transactions last expired; of the scheduler's thread. */
    private long restedAt;

    private long expiredAt;

    private final Decider decider;
    private final Transactions transactions;
    private final List<VisibleListener> listeners = new CopyOnWriteArrayList<>();
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

    private record WrittenBatch(long key, BatchHeader header, int position, int length) {}

    private EmbeddedLog(Disk disk, LogOptions options, AutoCloseable directoryLock, @Nullable Scheduler ownScheduler)
            throws IOException {
        this.disk = disk;
        this.options = options;
        this.directoryLock = directoryLock;
        this.ownScheduler = ownScheduler;
        catalog = new Catalog();
        producers = new Producers();
        segments = new Recovery(disk, catalog, producers).run();
        if (segments.isEmpty()) {
            segments.add(Journal.create(
                    disk,
                    1,
                    1,
                    buffer,
                    catalog.snapshot(producers.idsUpTo(), producers.snapshot()),
                    options.clock().millis()));
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
        decider = new Decider(this, producers);
        transactions = new Transactions(this, producers);
        writtenSequence = last.lastSequence;
        syncedSequence = last.lastSequence;
        changes = last.lastSequence;
        if (last.formatVersion < FrameFormat.FILE_VERSION) {
            // Its header must not promise less than is written behind it.
            roll();
        }
        Scheduler scheduler = ownScheduler == null ? options.scheduler() : ownScheduler;
        pace = Pace.quiet(scheduler, options.segmentBytes(), this::whileMaintenanceRests);
        chores.add(scheduler.every(MARK_AFTER, this::markIfIdle));
        chores.add(scheduler.every(MARK_AFTER, () -> maintenance.tidy(pace)));
        chores.add(scheduler.every(options.maintenance(), this::maintainAsChore));
        chores.add(scheduler.every(EXPIRE_AFTER, this::abortExpiredAsChore));
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

    /** Adds partitions to a topic, up to {@code total}. */
    public void createPartitions(String name, int total) {
        alter(name, config -> {
            if (total <= config.partitions()) {
                throw new LogException(
                        Code.INVALID,
                        "topic '" + name + "' has " + config.partitions() + " partitions: there can only be more, not "
                                + total);
            }
            return config.partitions(total);
        });
    }

    /** Keeps a topic in another way from now on; its number of partitions must be what it is. */
    public void alterTopic(String name, TopicConfig config) {
        alter(name, before -> {
            if (config.partitions() != before.partitions()) {
                throw new LogException(Code.INVALID, "another number of partitions is made by createPartitions");
            }
            return config;
        });
    }

    private void alter(String name, UnaryOperator<TopicConfig> change) {
        adminLock.lock();
        try {
            Change.TopicCreated before = read(() -> required(name).created);
            TopicConfig config = change.apply(before.config());
            commitChanges(List.of(
                    new Change.TopicAltered(new Change.TopicCreated(before.topicId(), before.uuid(), name, config))));
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

    TopicState required(String name) {
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

    private <T> T read(Supplier<T> question) {
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
            return new OffsetRange(state.start, state.stableEnd());
        });
    }

    /** Batches as they lie in the log, from the one that holds {@code offset} on: at least one if any may be read. */
    public FetchedBatches fetchBatches(TopicPartition partition, long offset, int bytesMax, boolean committedOnly) {
        return reader.fetchBatches(partition, offset, bytesMax, committedOnly, true);
    }

    /** The same, but nothing at all if the first batch is larger than {@code bytesMax}; it is then not read either. */
    public FetchedBatches fetchBatchesWithin(
            TopicPartition partition, long offset, int bytesMax, boolean committedOnly) {
        return reader.fetchBatches(partition, offset, bytesMax, committedOnly, false);
    }

    /** With what uncommitted transactions have written, unlike {@link #offsets}. */
    public PartitionStatus partitionStatus(TopicPartition partition) {
        return read(() -> required(partition).status());
    }

    /** What a partition's batches take in the journal. */
    public long partitionBytes(TopicPartition partition) {
        return read(() -> required(partition).slices.stream()
                .mapToLong(slice -> slice.bytes)
                .sum());
    }

    /** The first record that has this timestamp or a later one. */
    public Optional<TimestampedOffset> recordAtOrAfter(
            TopicPartition partition, long timestampMillis, boolean committedOnly) {
        return reader.recordAtOrAfter(partition, timestampMillis, committedOnly);
    }

    /** The first record that has the partition's latest timestamp, committed or not. */
    public Optional<TimestampedOffset> newestRecord(TopicPartition partition) {
        return reader.newestRecord(partition);
    }

    @Override
    public OptionalLong offsetAtOrAfter(TopicPartition partition, long timestampMillis) {
        return reader.recordAtOrAfter(partition, timestampMillis, true).stream()
                .mapToLong(TimestampedOffset::offset)
                .findFirst();
    }

    @Override
    public OptionalLong committed(String group, TopicPartition partition) {
        return read(() -> {
            TreeMap<Long, CommittedOffset> offsets = catalog.groups().get(group);
            CommittedOffset offset = offsets == null ? null : offsets.get(required(partition).key);
            return offset == null ? OptionalLong.empty() : OptionalLong.of(offset.offset());
        });
    }

    @Override
    public Map<String, Map<TopicPartition, Long>> groups() {
        return read(() -> {
            Map<String, Map<TopicPartition, Long>> all = new TreeMap<>();
            catalog.groups().forEach((group, offsets) -> {
                Map<TopicPartition, Long> plain = new TreeMap<>();
                named(offsets).forEach((partition, offset) -> plain.put(partition, offset.offset()));
                all.put(group, plain);
            });
            return all;
        });
    }

    /** All that {@code group} has committed. */
    public Map<TopicPartition, CommittedOffset> committedOffsets(String group) {
        return read(() -> {
            TreeMap<Long, CommittedOffset> offsets = catalog.groups().get(group);
            return offsets == null ? Map.of() : named(offsets);
        });
    }

    private Map<TopicPartition, CommittedOffset> named(Map<Long, CommittedOffset> offsets) {
        Map<TopicPartition, CommittedOffset> named = new TreeMap<>();
        offsets.forEach((key, offset) -> {
            TopicPartition partition = named(key);
            if (partition != null) {
                named.put(partition, offset);
            }
        });
        return named;
    }

    private @Nullable TopicPartition named(long key) {
        TopicState topic = catalog.topic(FrameFormat.topicId(key));
        return topic == null ? null : new TopicPartition(topic.created.name(), FrameFormat.partition(key));
    }

    /** The partitions of which an open transaction is about to commit an offset of {@code group}. */
    public Set<TopicPartition> pendingOffsets(String group) {
        return read(() -> {
            Set<TopicPartition> partitions = new TreeSet<>();
            for (long key : catalog.pendingOffsets(group)) {
                TopicPartition partition = named(key);
                if (partition != null) {
                    partitions.add(partition);
                }
            }
            return partitions;
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

    /** Whether it takes no more commits, because writing or syncing failed: it is to be closed and opened again. */
    public boolean hasFailed() {
        return failure != null;
    }

    /** The bytes of all journal files, index files apart. */
    public long sizeInBytes() {
        return read(() -> segments.stream().mapToLong(segment -> segment.end).sum());
    }

    // ---- committing ----

    @Override
    public CommitResult commit(Commit commit) {
        WrittenCommit written = write(commit);
        awaitDurable(written.sequence());
        return new CommitResult(written.sequence(), written.baseOffsets());
    }

    /**
     * Decides and writes a commit without waiting for the disk. It becomes visible once it is durable, which {@link
     * #awaitDurable} brings about: whoever writes must await, though one may do so for many.
     */
    public WrittenCommit write(Commit commit) {
        appendLock.lock();
        try {
            requireOpen();
            List<Placed> placed;
            List<Change> decided;
            stateLock.lock();
            try {
                placed = decider.place(commit);
                decided = decider.changes(commit);
            } finally {
                stateLock.unlock();
            }
            boolean givesRoom = commit.appends().isEmpty() && !commit.trims().isEmpty();
            long sequence = write(placed, decided, givesRoom);
            return new WrittenCommit(
                    sequence, placed.stream().map(Placed::baseOffset).toList());
        } finally {
            appendLock.unlock();
        }
    }

    /**
     * Writes producers' batches, each taken or refused by itself, at most one for a partition; those that are taken become
     * visible at once. Batches of idempotent and transactional producers are judged by what went before. As with {@link
     * #write}, somebody must await.
     */
    public WrittenAppends append(List<Commit.Append> appends) {
        appendLock.lock();
        try {
            requireOpen();
            List<Placed> placed = new ArrayList<>(appends.size());
            List<AppendResult> results = new ArrayList<>(appends.size());
            Set<PartitionState> taken = new HashSet<>();
            stateLock.lock();
            try {
                long now = options.clock().millis();
                appends.forEach(append -> results.add(decider.placeOne(append, taken, now, placed)));
            } finally {
                stateLock.unlock();
            }
            long sequence = placed.isEmpty() ? writtenSequence : write(placed, List.of(), false);
            return new WrittenAppends(sequence, results);
        } finally {
            appendLock.unlock();
        }
    }

    /** Producers that are idempotent or have transactions. */
    public Transactions transactions() {
        return transactions;
    }

    /** Runs {@code work} while nothing is written by others. */
    <T> T withProducers(Supplier<T> work) {
        appendLock.lock();
        try {
            requireOpen();
            return work.get();
        } finally {
            appendLock.unlock();
        }
    }

    /** Writes what {@link Transactions} decided; holds the append lock. */
    long writeDecided(List<Commit.Append> markers, List<Change> decided) {
        List<Placed> placed = read(() -> decider.placeMarkers(markers));
        // Ending a transaction lets retention go on; beginning one has no claim on the last of the room.
        boolean ends = decided.stream().anyMatch(change -> change instanceof Change.TransactionEnded);
        return write(placed, decided, ends);
    }

    long requiredKey(TopicPartition partition) {
        return read(() -> required(partition).key);
    }

    @Nullable
    TopicPartition partitionOf(long key) {
        stateLock.lock();
        try {
            return named(key);
        } finally {
            stateLock.unlock();
        }
    }

    Change.OffsetsCommitted offsetsChange(String group, Map<TopicPartition, CommittedOffset> offsets) {
        return read(() -> decider.offsets(group, offsets));
    }

    /** The newest commit that is written. */
    public long writtenSequence() {
        return writtenSequence;
    }

    /** The newest commit that is as durable as {@link #durability} says, and visible. */
    public long durableSequence() {
        return changes;
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
        awaitDurable(sequence);
    }

    /** Writes a frame and gives its batches their offsets; holds the append lock. */
    private long write(List<Placed> placed, List<Change> decided, boolean mayUseReserve) {
        long bodyBytes = 0;
        for (Placed batch : placed) {
            bodyBytes += FrameBuffer.sizeOf(batch.batch());
        }
        for (Change change : decided) {
            bodyBytes += buffer.encode(change);
        }
        // A transaction that has begun must be able to end.
        boolean ends = decided.stream().anyMatch(change -> change instanceof Change.TransactionEnded);
        if (bodyBytes > options.commitBytesMax() && !ends) {
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
            int at = buffer.addRecords(entry.partition().key, entry.baseOffset(), entry.batch());
            batches.add(new WrittenBatch(entry.partition().key, entry.header(), Math.toIntExact(segment.end + at), (int)
                    FrameBuffer.sizeOf(entry.batch())));
        }
        decided.forEach(buffer::addChange);
        long sequence = journal.nextSequence();
        journal.write(
                buffer.finish(sequence, appendTime, syncedSequence, segment.header.salt()),
                buffer.entryCount(),
                mayUseReserve);
        for (Placed entry : placed) {
            entry.partition().nextOffset = entry.header().lastOffset() + 1;
            producers.apply(entry.header(), entry.partition().key, appendTime);
        }
        decided.forEach(change -> producers.apply(change, appendTime));
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
        Change.Snapshot snapshot = read(() -> catalog.snapshot(producers.idsUpTo(), producers.snapshot()));
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

    /** Returns when commit {@code sequence} is as durable as promised, and everything up to it visible. */
    public void awaitDurable(long sequence) {
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
            List<WrittenFrame> published = new ArrayList<>();
            WrittenFrame frame = waiting.peek();
            while (frame != null && frame.sequence <= upTo) {
                waiting.remove();
                apply(frame);
                published.add(frame);
                frame = waiting.peek();
            }
            if (synced) {
                syncedSequence = Math.max(syncedSequence, upTo);
            }
            changes = Math.max(changes, upTo);
            changed.signalAll();
            Set<String> groups = catalog.drainTouchedGroups();
            if (!listeners.isEmpty()) {
                if (!groups.isEmpty()) {
                    tell(each -> each.offsetsChanged(groups));
                }
                tell(published);
            }
        } finally {
            stateLock.unlock();
        }
    }

    private void apply(WrittenFrame frame) {
        for (WrittenBatch batch : frame.batches) {
            Slice slice = frame.segment.add(batch.key, batch.header, batch.position, batch.length, frame.appendTime);
            catalog.applyRecords(slice, batch.header);
        }
        frame.changes.forEach(catalog::apply);
    }

    private void tell(List<WrittenFrame> published) {
        Set<TopicPartition> partitions = new HashSet<>();
        boolean topicsChanged = false;
        for (WrittenFrame frame : published) {
            for (WrittenBatch batch : frame.batches) {
                TopicPartition partition = named(batch.key);
                if (partition != null) {
                    partitions.add(partition);
                }
            }
            for (Change change : frame.changes) {
                topicsChanged |= change instanceof Change.TopicCreated
                        || change instanceof Change.TopicAltered
                        || change instanceof Change.TopicDeleted;
            }
        }
        if (topicsChanged || !partitions.isEmpty()) {
            boolean topics = topicsChanged;
            tell(listener -> listener.visible(partitions, topics));
        }
    }

    /** What a listener throws is not the committer's fault. */
    private void tell(Consumer<VisibleListener> news) {
        for (VisibleListener listener : listeners) {
            try {
                news.accept(listener);
            } catch (RuntimeException e) {
                LOGGER.error("a listener failed", e);
            }
        }
    }

    /** {@code listener} hears of everything that becomes visible from now on, until what is returned is run. */
    public Runnable onVisible(VisibleListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** The other chores, which would wait for a long one: chores do not overlap. */
    private void whileMaintenanceRests() {
        long now = options.clock().millis();
        if (now - restedAt >= MARK_AFTER.toMillis() || now < restedAt) {
            restedAt = now;
            markIfIdle();
            maintenance.writeWaitingIndexes();
        }
        if (now - expiredAt >= EXPIRE_AFTER.toMillis() || now < expiredAt) {
            abortExpiredAsChore();
        }
    }

    private void abortExpiredAsChore() {
        expiredAt = options.clock().millis();
        try {
            transactions.abortExpired();
        } catch (RuntimeException e) {
            // Whatever it is, the chore must come again.
            if (!closing) {
                LOGGER.error("Could not abort expired transactions: {}", e.getMessage(), e);
            }
        }
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
     * Removes what retention no longer keeps, compacts, and gives the room back, as fast as it goes. The scheduler runs the
     * same at a pace that leaves the disk to commits; if that is under way, it makes haste now, and is waited for.
     */
    public void maintain() {
        maintenance.run(Pace.HASTE);
    }

    private void maintainAsChore() {
        try {
            maintenance.run(pace);
        } catch (RuntimeException e) {
            // Whatever it is, the chore must come again.
            if (!closing) {
                LOGGER.error("Could not give room back: {}", e.getMessage(), e);
            }
        }
    }

    void retire(Segment segment) {
        maintenance.retire(segment);
    }

    boolean isClosing() {
        return closing;
    }

    /** Whether it neither has failed nor is being closed. */
    boolean isRunning() {
        return !closing && failure == null;
    }

    void requireRunning() {
        requireOpen();
        requireNotClosing();
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
