package io.tidemill.engine.savepoint;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What a savepoint is of.
 *
 * @param version of the format
 * @param id of this savepoint
 * @param codeVersion of the user's code that took it
 * @param shape what the state depended on, as the pipeline's cursor tells it
 * @param sourceId another topic of the same name is another topic
 * @param closedUpToMillis windows that ended by then had closed; {@link Long#MIN_VALUE} if none had
 * @param settings of the pipeline as a whole, in words, for people
 * @param partitions of the source
 */
public record SavepointHeader(
        int version,
        UUID id,
        Instant createdAt,
        String pipeline,
        String codeVersion,
        String shape,
        String source,
        UUID sourceId,
        long closedUpToMillis,
        Map<String, String> settings,
        List<Partition> partitions) {
    /**
     * A partition of the source.
     *
     * @param offset of the next record
     * @param timed whether it has a newest event time
     * @param watermarkMillis the newest event time less the bound; only where {@code timed}
     */
    public record Partition(long offset, boolean timed, boolean idle, long newestTimeMillis, long watermarkMillis) {}

    void write(ByteSink sink) {
        sink.write(version);
        sink.writeLong(id.getMostSignificantBits());
        sink.writeLong(id.getLeastSignificantBits());
        sink.writeVarlong(createdAt.toEpochMilli());
        sink.writeText(pipeline);
        sink.writeText(codeVersion);
        sink.writeText(shape);
        sink.writeText(source);
        sink.writeLong(sourceId.getMostSignificantBits());
        sink.writeLong(sourceId.getLeastSignificantBits());
        sink.writeVarlong(closedUpToMillis);
        SavepointSection.writeProperties(settings, sink);
        sink.writeVarint(partitions.size());
        for (Partition each : partitions) {
            sink.writeVarlong(each.offset);
            sink.write((each.timed ? 1 : 0) | (each.idle ? 2 : 0));
            sink.writeVarlong(each.newestTimeMillis);
            sink.writeVarlong(each.watermarkMillis);
        }
    }

    static SavepointHeader read(ByteSource from) {
        int version = from.readByte();
        if (version != SavepointFormat.VERSION) {
            throw new SavepointException("the savepoint has format version " + version + "; this program reads version "
                    + SavepointFormat.VERSION + ": use the version of Tidemill that wrote it");
        }
        UUID id = new UUID(from.readLong(), from.readLong());
        Instant createdAt = Instant.ofEpochMilli(from.readVarlong());
        String pipeline = from.readText();
        String codeVersion = from.readText();
        String shape = from.readText();
        String source = from.readText();
        UUID sourceId = new UUID(from.readLong(), from.readLong());
        long closedUpTo = from.readVarlong();
        Map<String, String> settings = SavepointFormat.readProperties(from);
        List<Partition> partitions = new ArrayList<>();
        for (int i = from.readVarint(); i > 0; i--) {
            long offset = from.readVarlong();
            int flags = from.readByte();
            partitions.add(
                    new Partition(offset, (flags & 1) != 0, (flags & 2) != 0, from.readVarlong(), from.readVarlong()));
        }
        return new SavepointHeader(
                version,
                id,
                createdAt,
                pipeline,
                codeVersion,
                shape,
                source,
                sourceId,
                closedUpTo,
                settings,
                partitions);
    }
}
