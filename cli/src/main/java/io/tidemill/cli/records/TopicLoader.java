package io.tidemill.cli.records;

import io.tidemill.log.Log;
import io.tidemill.log.TopicDescription;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Loads lines into a topic, a record each, byte for byte. Memory stays bounded: a line and a commit are held at most. Used
 * once.
 */
public final class TopicLoader {
    /** The most that a record takes beside its key and its value: lengths, offset, timestamp, attributes. */
    static final int RECORD_OVERHEAD_BYTES_MAX = 32;

    private static final int LINES_TOLD_MAX = 10;

    private final JsonFields fields;
    private final InstantSource clock;
    private final int recordBytesMax;
    private final RecordWriter writer;
    private final List<Long> oversizeLines = new ArrayList<>();
    private long blank;
    private long oversize;
    private long withoutKey;
    private long withoutTimestamp;

    /** @param clock says when records come that are not asked for their timestamp */
    public TopicLoader(Log log, TopicDescription topic, JsonFields fields, InstantSource clock) {
        this.fields = fields;
        this.clock = clock;
        this.recordBytesMax = topic.config().recordBytesMax();
        this.writer = new RecordWriter(log, topic.name(), topic.config().partitions());
    }

    /** @param progress is told now and then how many bytes have been read */
    public LoadReport load(InputStream in, LongConsumer progress) throws IOException {
        LineReader lines = new LineReader(in, recordBytesMax - RECORD_OVERHEAD_BYTES_MAX);
        while (lines.next()) {
            if (lines.isOversize()) {
                refuse(lines);
            } else if (lines.isBlank()) {
                blank++;
            } else {
                add(lines);
            }
            progress.accept(lines.bytesRead());
        }
        writer.flush();
        return new LoadReport(
                writer.written(),
                lines.bytesRead(),
                blank,
                oversize,
                List.copyOf(oversizeLines),
                withoutKey,
                withoutTimestamp);
    }

    /** The records that are in the topic already. */
    public long written() {
        return writer.written();
    }

    private void add(LineReader lines) {
        int length = (int) lines.length();
        fields.read(lines.array(), lines.start(), length);
        byte[] key = fields.key();
        if (key != null && key.length + length > recordBytesMax - RECORD_OVERHEAD_BYTES_MAX) {
            refuse(lines);
            return;
        }
        if (key == null && fields.hasKey()) {
            withoutKey++;
        }
        long timestamp = clock.millis();
        if (fields.hasTimestamp()) {
            timestamp = fields.timestampMillis();
            withoutTimestamp += timestamp == JsonFields.NO_TIMESTAMP ? 1 : 0;
        }
        writer.add(timestamp, key, ByteBuffer.wrap(lines.array(), lines.start(), length));
    }

    private void refuse(LineReader lines) {
        oversize++;
        if (oversizeLines.size() < LINES_TOLD_MAX) {
            oversizeLines.add(lines.number());
        }
    }
}
