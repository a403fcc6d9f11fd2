package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** How far a pipeline has come: written with every commit. Not thread-safe. */
final class Cursor {
    private static final int VERSION = 4;
    private static final int OLDEST_VERSION = 1;

    String shape = "";

    /** The source topic's id: another topic of the same name is another topic. */
    UUID source = new UUID(0, 0);

    /** Windows whose end and allowed lateness are not after this have closed. */
    long closedUpTo = Long.MIN_VALUE;

    final List<Source> sources = new ArrayList<>();

    /** What had entered and left the chain when the counts below began: the operators may have been others before. */
    long chainBaselineIn;

    long chainBaselineOut;

    final List<String> chainNames = new ArrayList<>();

    /** Elements into each operator of the chain, then out of each. */
    long[] chainCounts = {};

    long results;
    long failedResults;
    long correctedRecords;
    long uncorrectableRecords;
    long lateBeforeHorizon;

    /** On-time and late elements, counted in each of their windows. */
    long windowOnTime;

    long windowLate;

    /** Elements in sessions that have closed, whether or not those are still known. */
    long closedElements;

    /** Late elements that corrections have folded into sessions. */
    long correctedElements;

    final List<Long> lateOffsets = new ArrayList<>();

    /** The allowed lateness under which {@link #closedUpTo} is meant; -1 where that is not known. */
    long latenessMillis = -1;

    /** Of the operator that keeps elements, if there is one. */
    OperatorCounts operatorCounts = new OperatorCounts();

    /** One partition of the source. */
    static final class Source {
        long position;
        boolean timed;
        long newestTime;
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

    void write(ByteSink sink) {
        sink.write(VERSION);
        sink.writeText(shape);
        sink.writeLong(source.getMostSignificantBits());
        sink.writeLong(source.getLeastSignificantBits());
        sink.writeVarlong(closedUpTo);
        sink.writeVarint(sources.size());
        for (Source source : sources) {
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
        }
        sink.writeVarlong(chainBaselineIn);
        sink.writeVarlong(chainBaselineOut);
        sink.writeVarint(chainNames.size());
        chainNames.forEach(sink::writeText);
        Arrays.stream(chainCounts).forEach(sink::writeVarlong);
        sink.writeVarlong(results);
        sink.writeVarlong(failedResults);
        sink.writeVarlong(correctedRecords);
        sink.writeVarlong(uncorrectableRecords);
        sink.writeVarlong(lateBeforeHorizon);
        sink.writeVarlong(windowOnTime);
        sink.writeVarlong(windowLate);
        sink.writeVarlong(closedElements);
        sink.writeVarlong(correctedElements);
        sink.writeVarint(lateOffsets.size());
        lateOffsets.forEach(sink::writeVarlong);
        sink.writeVarlong(latenessMillis);
        operatorCounts.write(sink);
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
        cursor.source = new UUID(from.readLong(), from.readLong());
        cursor.closedUpTo = from.readVarlong();
        for (int i = from.readVarint(); i > 0; i--) {
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
            cursor.sources.add(source);
        }
        cursor.chainBaselineIn = from.readVarlong();
        cursor.chainBaselineOut = from.readVarlong();
        for (int i = from.readVarint(); i > 0; i--) {
            cursor.chainNames.add(from.readText());
        }
        cursor.chainCounts = new long[cursor.chainNames.size() * 2];
        Arrays.setAll(cursor.chainCounts, i -> from.readVarlong());
        cursor.results = from.readVarlong();
        cursor.failedResults = from.readVarlong();
        cursor.correctedRecords = from.readVarlong();
        cursor.uncorrectableRecords = from.readVarlong();
        cursor.lateBeforeHorizon = from.readVarlong();
        cursor.windowOnTime = from.readVarlong();
        cursor.windowLate = from.readVarlong();
        if (version > 2) {
            cursor.closedElements = from.readVarlong();
            cursor.correctedElements = from.readVarlong();
        }
        for (int i = from.readVarint(); i > 0; i--) {
            cursor.lateOffsets.add(from.readVarlong());
        }
        cursor.latenessMillis = version > 2 ? from.readVarlong() : -1;
        if (version > 3) {
            cursor.operatorCounts = OperatorCounts.read(from);
        }
        return cursor;
    }
}
