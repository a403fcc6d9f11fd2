package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** How far a pipeline has come: written with every commit. Not thread-safe. */
final class Cursor {
    private static final int VERSION = 5;
    private static final int OLDEST_VERSION = 1;

    String shape = "";

    /** The topics that are read, in the pipeline's order. */
    final List<Topic> topics = new ArrayList<>();

    /** Their partitions, topic after topic. */
    final List<Source> sources = new ArrayList<>();

    OperatorTotals operators = new OperatorTotals();
    long results;
    long failedResults;
    long correctedRecords;
    long uncorrectableRecords;
    final List<Long> lateOffsets = new ArrayList<>();

    /** In no order. */
    final List<Stage> stages = new ArrayList<>();

    /**
     * A topic as it was when it was first read: another topic of the same name is another topic.
     *
     * @param name empty where an earlier version has left it out, since there was one topic
     */
    record Topic(String name, UUID id, int partitions) {}

    /** How far an operator that keeps state has come. */
    static final class Stage {
        /** 0 where an earlier version has left it out, since there was one operator. */
        int operatorId;

        /**
         * Stands for the operator in the origins of its results: it stays when the operator is renamed, since rows that others
         * have kept are known by it.
         */
        int originId;

        /** Windows whose end and allowed lateness are not after this have closed. */
        long closedUpTo = Long.MIN_VALUE;

        /** The allowed lateness under which {@link #closedUpTo} is meant; -1 where that is not known. */
        long latenessMillis = -1;

        /** On-time and late elements, counted in each of their windows. */
        long windowOnTime;

        long windowLate;
        long lateBeforeHorizon;

        /** Elements in sessions that have closed, whether or not those are still known. */
        long closedElements;

        /** Late elements that corrections have folded into sessions. */
        long correctedElements;

        /** What became of its elements, where it keeps them. */
        OperatorCounts counts = new OperatorCounts();

        /** Pairs of a window and a result of another stage in it. */
        long assignments;
    }

    /** One partition of a source. */
    static final class Source {
        long position;
        boolean timed;

        /** Where a generator says how far the partition has come: what it has said. */
        long newestTime;

        /** What a generator of the user's own remembers; empty where there is none. */
        long[] remembered = {};

        boolean idle;
        long read;
        long onTime;
        long late;
        long filtered;
        long deadLettered;
        long onTimeElements;
        long lateElements;

        /** Pairs of an element and a window of it. */
        long assignments;
    }

    Cursor copy() {
        ByteSink sink = new ByteSink();
        write(sink);
        return read(new ByteSource(sink.toByteArray()));
    }

    /** What is known of the operator; new if nothing is. */
    Stage stage(StagePlan plan) {
        for (Stage stage : stages) {
            if (stage.operatorId == 0 || plan.operatorIds.contains(stage.operatorId)) {
                stage.originId = stage.operatorId == 0 ? plan.operatorId : stage.originId;
                stage.operatorId = plan.operatorId;
                return stage;
            }
        }
        return begin(plan, plan.operatorId);
    }

    /** Makes the operator known, of which nothing is; {@code originId} unless another has that. */
    Stage begin(StagePlan plan, int originId) {
        Stage stage = new Stage();
        stage.operatorId = plan.operatorId;
        stage.originId = originId;
        while (stages.stream().anyMatch(other -> other.originId == stage.originId)) {
            stage.originId++;
        }
        stages.add(stage);
        return stage;
    }

    void write(ByteSink sink) {
        sink.write(VERSION);
        sink.writeText(shape);
        sink.writeVarint(topics.size());
        for (Topic topic : topics) {
            sink.writeText(topic.name);
            sink.writeLong(topic.id.getMostSignificantBits());
            sink.writeLong(topic.id.getLeastSignificantBits());
            sink.writeVarint(topic.partitions);
        }
        sink.writeVarint(sources.size());
        sources.forEach(source -> write(source, sink));
        operators.write(sink);
        sink.writeVarlong(results);
        sink.writeVarlong(failedResults);
        sink.writeVarlong(correctedRecords);
        sink.writeVarlong(uncorrectableRecords);
        sink.writeVarint(lateOffsets.size());
        lateOffsets.forEach(sink::writeVarlong);
        sink.writeVarint(stages.size());
        stages.forEach(stage -> write(stage, sink));
    }

    private static void write(Source source, ByteSink sink) {
        sink.writeVarlong(source.position);
        sink.write((source.timed ? 1 : 0) | (source.idle ? 2 : 0));
        sink.writeVarlong(source.newestTime);
        sink.writeVarlong(source.read);
        sink.writeVarlong(source.onTime);
        sink.writeVarlong(source.late);
        sink.writeVarlong(source.filtered);
        sink.writeVarlong(source.deadLettered);
        sink.writeVarlong(source.onTimeElements);
        sink.writeVarlong(source.lateElements);
        sink.writeVarlong(source.assignments);
        sink.writeVarint(source.remembered.length);
        for (long each : source.remembered) {
            sink.writeLong(each);
        }
    }

    private static void write(Stage stage, ByteSink sink) {
        sink.writeInt(stage.operatorId);
        sink.writeInt(stage.originId);
        sink.writeVarlong(stage.closedUpTo);
        sink.writeVarlong(stage.latenessMillis);
        sink.writeVarlong(stage.windowOnTime);
        sink.writeVarlong(stage.windowLate);
        sink.writeVarlong(stage.lateBeforeHorizon);
        sink.writeVarlong(stage.closedElements);
        sink.writeVarlong(stage.correctedElements);
        sink.writeVarlong(stage.assignments);
        stage.counts.write(sink);
    }

    static Cursor read(ByteSource from) {
        byte version = from.readByte();
        if (version < OLDEST_VERSION || version > VERSION) {
            throw new PipelineException("the pipeline's state has format version " + version
                    + "; this program reads versions " + OLDEST_VERSION + " to " + VERSION
                    + ": use the version of Tidemill that wrote it");
        }
        Cursor cursor = new Cursor();
        cursor.shape = from.readText();
        if (version < 4) {
            readFirst(cursor, version, from);
            return cursor;
        }
        for (int i = from.readVarint(); i > 0; i--) {
            cursor.topics.add(
                    new Topic(from.readText(), new UUID(from.readLong(), from.readLong()), from.readVarint()));
        }
        for (int i = from.readVarint(); i > 0; i--) {
            cursor.sources.add(readSource(version, from));
        }
        cursor.operators = OperatorTotals.read(from);
        cursor.results = from.readVarlong();
        cursor.failedResults = from.readVarlong();
        cursor.correctedRecords = from.readVarlong();
        cursor.uncorrectableRecords = from.readVarlong();
        for (int i = from.readVarint(); i > 0; i--) {
            cursor.lateOffsets.add(from.readVarlong());
        }
        for (int i = from.readVarint(); i > 0; i--) {
            Stage stage = new Stage();
            stage.operatorId = from.readInt();
            stage.originId = version < 5 ? stage.operatorId : from.readInt();
            stage.closedUpTo = from.readVarlong();
            stage.latenessMillis = from.readVarlong();
            stage.windowOnTime = from.readVarlong();
            stage.windowLate = from.readVarlong();
            stage.lateBeforeHorizon = from.readVarlong();
            stage.closedElements = from.readVarlong();
            stage.correctedElements = from.readVarlong();
            stage.assignments = from.readVarlong();
            stage.counts = OperatorCounts.read(from);
            cursor.stages.add(stage);
        }
        return cursor;
    }

    private static Source readSource(int version, ByteSource from) {
        Source source = new Source();
        source.position = from.readVarlong();
        byte flags = from.readByte();
        source.timed = (flags & 1) != 0;
        source.idle = (flags & 2) != 0;
        source.newestTime = from.readVarlong();
        source.read = from.readVarlong();
        source.onTime = from.readVarlong();
        source.late = from.readVarlong();
        source.filtered = from.readVarlong();
        source.deadLettered = from.readVarlong();
        source.onTimeElements = from.readVarlong();
        source.lateElements = from.readVarlong();
        // In version 1 every element had one window.
        source.assignments = version > 1 ? from.readVarlong() : source.onTimeElements + source.lateElements;
        if (version > 4) {
            source.remembered = new long[from.readVarint()];
            Arrays.setAll(source.remembered, i -> from.readLong());
        }
        return source;
    }

    /** Versions 1 to 3 had one topic, and at most one operator that keeps state. */
    private static void readFirst(Cursor cursor, int version, ByteSource from) {
        UUID topic = new UUID(from.readLong(), from.readLong());
        Stage stage = new Stage();
        stage.closedUpTo = from.readVarlong();
        long processed = 0;
        for (int i = from.readVarint(); i > 0; i--) {
            Source source = readSource(version, from);
            processed += source.read - source.deadLettered;
            cursor.sources.add(source);
        }
        cursor.topics.add(new Topic("", topic, cursor.sources.size()));
        // The counts below had begun when so many had entered; the other figure says how many had left.
        long entering = processed - from.readVarlong();
        from.readVarlong();
        List<String> chain = new ArrayList<>();
        for (int i = from.readVarint(); i > 0; i--) {
            chain.add(from.readText());
        }
        long[] counts = new long[chain.size() * 2];
        Arrays.setAll(counts, i -> from.readVarlong());
        cursor.operators = OperatorTotals.ofChain(chain, entering, counts);
        cursor.results = from.readVarlong();
        cursor.failedResults = from.readVarlong();
        cursor.correctedRecords = from.readVarlong();
        cursor.uncorrectableRecords = from.readVarlong();
        stage.lateBeforeHorizon = from.readVarlong();
        stage.windowOnTime = from.readVarlong();
        stage.windowLate = from.readVarlong();
        if (version > 2) {
            stage.closedElements = from.readVarlong();
            stage.correctedElements = from.readVarlong();
        }
        for (int i = from.readVarint(); i > 0; i--) {
            cursor.lateOffsets.add(from.readVarlong());
        }
        stage.latenessMillis = version > 2 ? from.readVarlong() : -1;
        cursor.stages.add(stage);
    }
}
