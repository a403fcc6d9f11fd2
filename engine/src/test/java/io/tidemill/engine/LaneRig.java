package io.tidemill.engine;

import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.api.plan.Row;
import io.tidemill.log.Commit;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Lanes of one operator with a log of their own, which steps by hand. Their state can be read back at any time. */
final class LaneRig implements AutoCloseable {
    private static final TopicPartition CHANGELOG = new TopicPartition("p.changelog", 0);

    /** In place of the size of a store's cache. */
    static final long IN_MEMORY = -1;

    /** An element on its way to the operator. */
    record Arrival(String key, Row row) {}

    private final EmbeddedLog log;
    private final CompiledPipeline pipeline;
    private final ProcessPlan plan;
    private final @Nullable List<RowOutput> outputs;
    private final long cacheBytes;
    private final MapStore store = new MapStore();
    private List<ProcessLane> lanes = new ArrayList<>();
    private long changelogEnd;
    private long entries;
    private long waiting;
    long closedUpTo = Long.MIN_VALUE;
    Instant now = Instant.EPOCH;
    final OperatorCounts counts = new OperatorCounts();

    /** @param cacheBytes how much of the store is kept in memory; {@link #IN_MEMORY} if there is none */
    LaneRig(Path directory, ProcessPlan plan, int laneCount, long cacheBytes, @Nullable List<RowOutput> outputs) {
        this.plan = plan;
        this.cacheBytes = cacheBytes;
        this.outputs = outputs;
        this.log = EmbeddedLog.open(
                directory, LogOptions.defaults().durability(Durability.OS).preallocateBytes(0));
        this.pipeline = new CompiledPipeline(Pipeline.named("p")
                .from(Topic.of("in", Codec.text()))
                .eventTime(value -> Instant.EPOCH, Watermark.outOfOrderBy(Duration.ZERO))
                .keyBy(value -> value)
                .<String>process((element, context) -> {}, Codec.text())
                .as(plan.name())
                .to("out", Codec.text()));
        log.createTopic("in", TopicConfig.of(1).retention(null));
        open(laneCount);
    }

    private void open(int laneCount) {
        lanes = new ArrayList<>();
        InstantSource clock = () -> now;
        DeadLetters letters = new DeadLetters(pipeline, "", clock);
        for (int i = 0; i < laneCount; i++) {
            ResultWriter writer = new ResultWriter(
                    pipeline, stage(), PipelineTopics.create(log, pipeline), letters, List.of(), laneCount);
            ProcessLane lane = new ProcessLane(
                    stage(), plan, writer, outputs == null ? writer.outputs() : outputs, letters, clock);
            if (isStored()) {
                lane.keepIn(new LaneStore(store, lane.state, stage().aggregate, i, laneCount, cacheBytes * laneCount));
            }
            lanes.add(lane);
        }
        if (isStored()) {
            lanes.get(0).state.begin(0, entries);
            lanes.get(0).beginMeasure(waiting);
        }
    }

    private boolean isStored() {
        return cacheBytes != IN_MEMORY;
    }

    private StagePlan stage() {
        return pipeline.stages.get(0);
    }

    static byte[] origin(int topic, int partition, long offset, int element) {
        return ByteBuffer.allocate(20)
                .putInt(topic)
                .putInt(partition)
                .putLong(offset)
                .putInt(element)
                .array();
    }

    /** As after the end of the process. */
    void restore(int laneCount) {
        entries = entries();
        waiting = waiting();
        open(laneCount);
        if (isStored()) {
            lanes.forEach(lane -> lane.restored(closedUpTo, Set.of()));
            return;
        }
        CommittedState.read(
                log,
                pipeline,
                (stage, kind, window, key, entry, offset, bytes) -> lanes.get(
                                Murmur2.lane(StateFormat.hashOf(kind, key), lanes.size()))
                        .restore(kind, window, key, entry, offset, bytes));
        lanes.forEach(lane -> lane.restored(closedUpTo, Set.of()));
    }

    boolean hasMore() {
        return lanes.stream().anyMatch(lane -> lane.hasMoreToClose);
    }

    long waiting() {
        return lanes.stream().mapToLong(lane -> lane.waitingRows).sum();
    }

    /** What all lanes have told of time; the least. */
    long outputWatermark() {
        return lanes.stream().mapToLong(ProcessLane::outputWatermark).min().orElseThrow();
    }

    long entries() {
        return lanes.stream().mapToLong(ProcessLane::entries).sum();
    }

    int keysInMemory() {
        return lanes.stream().mapToInt(ProcessLane::keysInMemory).sum();
    }

    long nextTimerAt() {
        return lanes.stream().mapToLong(ProcessLane::nextTimerAt).min().orElse(Long.MAX_VALUE);
    }

    void step(List<Arrival> arrivals, long upTo, int resultsMax, boolean writesAgain) {
        lanes.forEach(lane -> lane.beginStep(changelogEnd, closedUpTo));
        for (int i = 0; i < lanes.size(); i++) {
            Partials partials = new Partials(stage().aggregate, false);
            for (Arrival arrival : arrivals) {
                byte[] key = arrival.key.getBytes(StandardCharsets.UTF_8);
                int hash = Murmur2.hash(key, 0, key.length);
                if (Murmur2.lane(hash, lanes.size()) == i) {
                    partials.merge(key, 0, key.length, hash, Long.MIN_VALUE, Long.MAX_VALUE, 0, arrival.row);
                }
            }
            ProcessLane lane = lanes.get(i);
            lane.merge(partials);
            lane.fire(upTo, resultsMax, 1 << 20);
            closedUpTo = Math.max(closedUpTo, upTo == Long.MAX_VALUE ? lane.closedDue : upTo);
        }
        commit(writesAgain);
    }

    LateOutcome late(Arrival arrival) {
        lanes.forEach(lane -> lane.beginStep(changelogEnd, closedUpTo));
        byte[] key = arrival.key.getBytes(StandardCharsets.UTF_8);
        LateOutcome outcome = lanes.get(Murmur2.lane(Murmur2.hash(key, 0, key.length), lanes.size()))
                .late(key, arrival.row);
        commit(false);
        return outcome;
    }

    private void commit(boolean writesAgain) {
        Commit.Builder commit = Commit.builder();
        for (ProcessLane lane : lanes) {
            lane.state.write(writesAgain ? 100 : 0);
            lane.writer().sinks[0].moveTo(commit);
            lane.writer().dead.moveTo(commit);
            lane.state.changelog.moveTo(commit);
            counts.take(lane.counts);
        }
        if (isStored()) {
            store.write(lanes.stream().map(lane -> lane.state.storeChanges()).toList(), 0);
            lanes.forEach(lane -> lane.state.applied());
        }
        if (!commit.isEmpty()) {
            log.commit(commit.build());
        }
        changelogEnd = log.offsets(CHANGELOG).end();
    }

    /** The newest value of each result, by its identity; what was taken back is not there. */
    Map<String, String> standing() {
        Map<String, String> standing = new TreeMap<>();
        read("out", record -> {
            String id = HexFormat.of().formatHex(record.key());
            byte[] value = record.value();
            if (value == null) {
                standing.remove(id);
            } else {
                standing.put(id, new String(value, StandardCharsets.UTF_8));
            }
        });
        return standing;
    }

    List<String> standingValues() {
        return standing().values().stream().sorted().toList();
    }

    /** All records, in the order of the log. */
    List<String> told() {
        List<String> told = new ArrayList<>();
        read("out", record -> {
            byte[] value = record.value();
            ResultKey key = ResultKey.of(record.key(), record.headers());
            told.add((value == null ? "-" : new String(value, StandardCharsets.UTF_8)) + " " + key.revision() + " "
                    + key.pane());
        });
        return told;
    }

    long deadLetters() {
        return log.offsets(new TopicPartition("p.dead", 0)).end();
    }

    private interface Reader {
        void take(RecordCursor record);
    }

    private void read(String topic, Reader reader) {
        TopicPartition partition = new TopicPartition(topic, 0);
        RecordCursor cursor = new RecordCursor();
        long end = log.offsets(partition).end();
        for (long at = 0; at < end; at = cursor.nextOffset()) {
            log.fetch(partition, at, 1 << 20, cursor);
            while (cursor.next()) {
                reader.take(cursor);
            }
        }
    }

    @Override
    public void close() {
        log.close();
    }
}
