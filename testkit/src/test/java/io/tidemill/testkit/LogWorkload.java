package io.tidemill.testkit;

import io.tidemill.api.Header;
import io.tidemill.log.Commit;
import io.tidemill.log.CommitResult;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogException;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.batch.BatchBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Does random things to a log, and knows what the log should hold. */
final class LogWorkload {
    static final Duration TOMBSTONE_RETENTION = Duration.ofMinutes(2);

    private static final Map<String, TopicConfig> TOPICS = Map.of(
            "trimmed", TopicConfig.of(3).retention(null),
            "short", TopicConfig.of(2).retention(Duration.ofMinutes(1)),
            "small", new TopicConfig(1, null, 30_000L, false, TopicConfig.RECORD_BYTES_MAX_DEFAULT, true, Map.of()),
            "compacted", TopicConfig.compacted(2),
            "comes-and-goes", TopicConfig.of(2));

    static final List<String> GROUPS = List.of("group-0", "group-1", "group-2");

    private final SimulatedDisk disk;
    private final SplittableRandom random;
    private final VirtualClock clock;
    private final VirtualScheduler scheduler;
    private final LogOptions options;
    private @Nullable EmbeddedLog log;
    private LogModel model;
    private final ProducerSteps producers;

    /** A record to be sent. */
    record Drawn(long timestamp, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {}

    /** Something to do, and what the log holds once it is done. */
    record Step(String what, LogModel after, boolean movesStarts, Action action) {
        @Override
        public String toString() {
            return what;
        }
    }

    /** The part of a step that is done to the log. */
    interface Action {
        void run(EmbeddedLog log);
    }

    LogWorkload(SimulatedDisk disk, Durability durability, Instant now, LogModel model, long seed) {
        this.disk = disk;
        this.model = model;
        random = Seeds.random(seed, "workload");
        producers = new ProducerSteps(this, random);
        clock = new VirtualClock(now);
        scheduler = new VirtualScheduler(clock);
        options = LogOptions.defaults()
                .durability(durability)
                .segmentBytes(64 << 10)
                .preallocateBytes((int) Math.floorMod(seed, 4L) * 10_000)
                .maintenance(Duration.ofDays(1000)) // only when the workload says so
                .tombstoneRetention(TOMBSTONE_RETENTION)
                .clock(clock)
                .scheduler(scheduler);
    }

    LogModel model() {
        return model;
    }

    Instant now() {
        return clock.instant();
    }

    /** Opens the log, for the first time, again, or after a crash. */
    LogWorkload open() {
        scheduler.close(); // a log that crashed has left its chores
        log = EmbeddedLog.open(disk, options);
        return this;
    }

    EmbeddedLog log() {
        if (log == null) {
            throw new IllegalStateException("not open");
        }
        return log;
    }

    void close() {
        EmbeddedLog closing = log();
        log = null;
        closing.close();
        if (!disk.openFiles().isEmpty()) {
            throw new AssertionError("files are still open: " + disk.openFiles());
        }
    }

    boolean isOpen() {
        return log != null;
    }

    /** Checks that the log holds what it should, or one of some other things, and goes on from there. */
    LogModel identify(List<LogModel> candidates) {
        model = LogModel.identify(log(), candidates, clock.millis(), TOMBSTONE_RETENTION);
        return model;
    }

    void check() {
        identify(List.of(model));
    }

    void run(Step step) throws LogModel.Mismatch {
        step.action.run(log());
        done(step);
    }

    /** The step has been run, successfully or not far enough to change more than where partitions start. */
    void done(Step step) throws LogModel.Mismatch {
        model = step.movesStarts ? step.after.withStartsOf(log(), clock.millis()) : step.after;
    }

    /** Null if the step succeeded; then it is done. */
    @Nullable
    LogException attempt(Step step) throws LogModel.Mismatch {
        try {
            run(step);
            return null;
        } catch (LogException e) {
            return e;
        }
    }

    void runSteps(int count) throws LogModel.Mismatch {
        for (int i = 0; i < count; i++) {
            run(next());
        }
    }

    /** Decides what to do next. */
    Step next() {
        for (String topic : TOPICS.keySet().stream().sorted().toList()) {
            if (!model.topics().contains(topic)) {
                return createTopic(topic);
            }
        }
        long quietMillis = producers.quietMillis();
        if (quietMillis < 200) {
            return producers.expire();
        }
        int kind = random.nextInt(100);
        if (kind < 2) {
            return deleteTopic();
        } else if (kind < 7) {
            return new Step("maintain", model, true, EmbeddedLog::maintain);
        } else if (kind < 10) {
            return new Step("chores", model, true, any -> scheduler.runAll());
        } else if (kind < 13) {
            return new Step("reopen", model, false, any -> {
                close();
                open();
            });
        } else if (kind < 18) {
            Duration time = Duration.ofMillis(Math.min(quietMillis, random.nextInt(60_000)));
            return new Step("wait", model, false, any -> clock.advance(time));
        } else if (kind < 25) {
            return new Step("idle", model, false, any -> scheduler.advance(Duration.ofMillis(200)));
        } else if (kind < 70) {
            return producers.next();
        }
        return commit();
    }

    void advance(Duration by) {
        clock.advance(by);
    }

    private Step createTopic(String topic) {
        LogModel after = model.copy();
        TopicConfig config = TOPICS.getOrDefault(topic, TopicConfig.of(1));
        after.createTopic(topic, config);
        return new Step("create " + topic, after, false, log -> log.createTopic(topic, config));
    }

    private Step deleteTopic() {
        LogModel after = model.copy();
        after.deleteTopic("comes-and-goes");
        return new Step("delete", after, false, log -> log.deleteTopic("comes-and-goes"));
    }

    private Step commit() {
        LogModel after = model.copy();
        Commit.Builder commit = Commit.builder();
        List<Long> baseOffsets = new ArrayList<>();
        List<TopicPartition> partitions = model.partitions();
        if (random.nextInt(4) == 0) {
            trim(commit, after);
        }
        for (int i = random.nextInt(4); i > 0 || baseOffsets.isEmpty(); i--) {
            TopicPartition partition = partitions.get(random.nextInt(partitions.size()));
            baseOffsets.add(after.partition(partition).end());
            commit.append(partition, batch(after, partition));
        }
        while (random.nextInt(3) == 0) {
            TopicPartition partition = partitions.get(random.nextInt(partitions.size()));
            String group = GROUPS.get(random.nextInt(GROUPS.size()));
            long next = random.nextInt(1 + (int) after.partition(partition).end());
            commit.offset(group, partition, next);
            after.commitOffset(group, partition, next);
        }
        Commit built = commit.build();
        return new Step("commit", after, false, log -> {
            CommitResult result = log.commit(built);
            if (!result.baseOffsets().equals(baseOffsets)) {
                throw new AssertionError("offsets " + result.baseOffsets() + ", not " + baseOffsets);
            }
        });
    }

    private void trim(Commit.Builder commit, LogModel after) {
        TopicPartition partition = new TopicPartition("trimmed", random.nextInt(3));
        LogModel.PartitionModel current = after.partition(partition);
        long start = current.start() + random.nextLong(1 + current.end() - current.start());
        commit.trim(partition, start);
        after.trim(partition, start);
    }

    private Batch batch(LogModel after, TopicPartition partition) {
        List<Drawn> records = draw();
        BatchBuilder builder = new BatchBuilder();
        records.forEach(drawn -> builder.add(drawn.timestamp, drawn.key, drawn.value, drawn.headers));
        Batch batch = builder.build();
        append(after, partition, records, batch, -1);
        return batch;
    }

    List<Drawn> draw() {
        List<Drawn> records = new ArrayList<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            records.add(new Drawn(
                    clock.millis() + random.nextInt(1000),
                    random.nextInt(5) == 0 ? null : bytes(1, 12), // few keys, so that there is something to compact
                    random.nextInt(8) == 0 ? null : bytes(random.nextInt(30) == 0 ? 20_000 : 1000, 256),
                    random.nextInt(4) == 0 ? List.of(new Header("h", bytes(20, 256))) : List.of()));
        }
        return records;
    }

    /** Adds the records of a batch to what the log should hold. */
    void append(LogModel after, TopicPartition partition, List<Drawn> records, Batch batch, long producerId) {
        LogModel.PartitionModel into = after.partition(partition);
        LogModel.Batch of = new LogModel.Batch(into.end(), batch.sizeInBytes());
        TopicConfig config = TOPICS.get(partition.topic());
        boolean stamped = config != null && config.stampedAtAppend();
        records.forEach(drawn -> into.append(new LogModel.Entry(
                stamped ? clock.millis() : drawn.timestamp,
                clock.millis(),
                drawn.key,
                drawn.value,
                drawn.headers,
                of,
                producerId,
                false)));
    }

    private byte[] bytes(int lengthMax, int valuesMax) {
        byte[] bytes = new byte[1 + random.nextInt(lengthMax)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt(valuesMax);
        }
        return bytes;
    }
}
