package io.tidemill.engine.savepoint;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
 * @param settings of the pipeline as a whole, in words, for people
 * @param sources topics that are read, in the order of the cursor
 */
public record SavepointHeader(
        int version,
        UUID id,
        Instant createdAt,
        String pipeline,
        String codeVersion,
        String shape,
        Map<String, String> settings,
        List<Source> sources) {
    /**
     * A topic that is read.
     *
     * @param id another topic of the same name is another topic
     * @param settings in words, for people
     */
    public record Source(String topic, UUID id, Map<String, String> settings, List<Partition> partitions) {}

    /**
     * A partition of a source.
     *
     * @param offset of the next record
     * @param timed whether it has a newest event time
     * @param watermarkMillis the newest event time less the bound; only where {@code timed}
     */
    public record Partition(long offset, boolean timed, boolean idle, long newestTimeMillis, long watermarkMillis) {}

    void write(ByteSink sink) {
        sink.write(version);
        write(id, sink);
        sink.writeVarlong(createdAt.toEpochMilli());
        sink.writeText(pipeline);
        sink.writeText(codeVersion);
        sink.writeText(shape);
        SavepointSection.writeProperties(settings, sink);
        sink.writeVarint(sources.size());
        for (Source each : sources) {
            sink.writeText(each.topic);
            write(each.id, sink);
            SavepointSection.writeProperties(each.settings, sink);
            sink.writeVarint(each.partitions.size());
            each.partitions.forEach(partition -> write(partition, sink));
        }
    }

    private static void write(UUID id, ByteSink sink) {
        sink.writeLong(id.getMostSignificantBits());
        sink.writeLong(id.getLeastSignificantBits());
    }

    private static void write(Partition each, ByteSink sink) {
        sink.writeVarlong(each.offset);
        sink.write((each.timed ? 1 : 0) | (each.idle ? 2 : 0));
        sink.writeVarlong(each.newestTimeMillis);
        sink.writeVarlong(each.watermarkMillis);
    }

    static SavepointHeader read(ByteSource from) {
        int version = from.readByte();
        if (version < SavepointFormat.VERSION_OLDEST || version > SavepointFormat.VERSION) {
            throw new SavepointException("the savepoint has format version " + version
                    + "; this program reads versions " + SavepointFormat.VERSION_OLDEST + " to "
                    + SavepointFormat.VERSION + ": use the version of Tidemill that wrote it");
        }
        UUID id = readId(from);
        Instant createdAt = Instant.ofEpochMilli(from.readVarlong());
        String pipeline = from.readText();
        String codeVersion = from.readText();
        String shape = from.readText();
        if (version == 1) {
            Source source = readFirst(from);
            return new SavepointHeader(version, id, createdAt, pipeline, codeVersion, shape, Map.of(), List.of(source));
        }
        Map<String, String> settings = SavepointFormat.readProperties(from);
        List<Source> sources = new ArrayList<>();
        for (int i = from.readVarint(); i > 0; i--) {
            String topic = from.readText();
            UUID topicId = readId(from);
            Map<String, String> own = SavepointFormat.readProperties(from);
            sources.add(new Source(topic, topicId, own, readPartitions(from)));
        }
        return new SavepointHeader(
                version, id, createdAt, pipeline, codeVersion, shape, settings, List.copyOf(sources));
    }

    /** Version 1 had one source, and told of the one operator up to where its windows had closed. */
    private static Source readFirst(ByteSource from) {
        String topic = from.readText();
        UUID id = readId(from);
        long closedUpTo = from.readVarlong();
        Map<String, String> settings = new LinkedHashMap<>(SavepointFormat.readProperties(from));
        if (closedUpTo != Long.MIN_VALUE) {
            settings.put("closedUpTo", Instant.ofEpochMilli(closedUpTo).toString());
        }
        return new Source(topic, id, settings, readPartitions(from));
    }

    private static List<Partition> readPartitions(ByteSource from) {
        List<Partition> partitions = new ArrayList<>();
        for (int i = from.readVarint(); i > 0; i--) {
            long offset = from.readVarlong();
            int flags = from.readByte();
            partitions.add(
                    new Partition(offset, (flags & 1) != 0, (flags & 2) != 0, from.readVarlong(), from.readVarlong()));
        }
        return List.copyOf(partitions);
    }

    private static UUID readId(ByteSource from) {
        return new UUID(from.readLong(), from.readLong());
    }
}
