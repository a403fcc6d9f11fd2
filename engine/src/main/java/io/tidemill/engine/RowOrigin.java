package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.plan.Row;
import java.nio.charset.StandardCharsets;

/** Where a row comes from that was a record's element: the hash of the topic's name, partition, offset, and which element. */
final class RowOrigin {
    static final int BYTES = 2 * Integer.BYTES + Long.BYTES + Integer.BYTES;

    private RowOrigin() {}

    static int topicId(String topic) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        return Murmur2.hash(name, 0, name.length);
    }

    static byte[] of(int topicId, int partition, long offset, int element) {
        ByteSink sink = new ByteSink(BYTES);
        sink.writeInt(topicId);
        sink.writeInt(partition);
        sink.writeLong(offset);
        sink.writeInt(element);
        return sink.toByteArray();
    }

    /** Of a row of {@code topic}. */
    static DeadLetter.Origin of(String topic, Row row) {
        ByteSource source = new ByteSource(row.origin());
        source.readInt();
        return new DeadLetter.Origin(topic, source.readInt(), source.readLong(), row.timeMillis());
    }
}
