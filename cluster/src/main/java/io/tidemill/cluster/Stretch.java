package io.tidemill.cluster;

import io.tidemill.api.Header;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Neighbouring records of a partition, in one piece of memory: an object for each of them would live until somebody asks for it,
 * and cost more than its bytes.
 */
record Stretch(Batch batch, long from, long next) {
    /** Of one, unless a record is larger by itself. */
    private static final int BYTES_MAX = 64 << 10;

    /** More than a record's own numbers. */
    private static final int ROOM_PER_RECORD = 40;

    private static final int ROOM_PER_HEADER = 64;

    /** More than the head of a batch. */
    private static final int ROOM_AT_LEAST = 128;

    int bytes() {
        return batch.sizeInBytes();
    }

    /** In their order. */
    static List<Stretch> of(List<ConsumerRecord<ByteBuffer, ByteBuffer>> records) {
        List<Stretch> stretches = new ArrayList<>();
        for (int from = 0; from < records.size(); ) {
            long base = records.get(from).offset();
            BatchBuilder batch = BatchBuilder.startingAt(base, roomFor(records, from));
            int i = from;
            // Compaction may have left offsets that are far apart.
            for (;
                    i < records.size()
                            && batch.sizeInBytes() < BYTES_MAX
                            && records.get(i).offset() - base < Integer.MAX_VALUE;
                    i++) {
                ConsumerRecord<ByteBuffer, ByteBuffer> each = records.get(i);
                batch.addAt(each.offset(), each.timestamp(), each.key(), each.value(), headers(each));
            }
            stretches.add(new Stretch(batch.build(), base, records.get(i - 1).offset() + 1));
            from = i;
        }
        return stretches;
    }

    private static int roomFor(List<ConsumerRecord<ByteBuffer, ByteBuffer>> records, int from) {
        long room = ROOM_AT_LEAST;
        for (int i = from; i < records.size() && room < BYTES_MAX; i++) {
            ConsumerRecord<ByteBuffer, ByteBuffer> each = records.get(i);
            room += ROOM_PER_RECORD + Math.max(0, each.serializedKeySize()) + Math.max(0, each.serializedValueSize());
            room += (long) ROOM_PER_HEADER * each.headers().toArray().length;
        }
        return (int) Math.min(room, Integer.MAX_VALUE / 2);
    }

    private static List<Header> headers(ConsumerRecord<ByteBuffer, ByteBuffer> record) {
        org.apache.kafka.common.header.Header[] found = record.headers().toArray();
        if (found.length == 0) {
            return List.of();
        }
        List<Header> headers = new ArrayList<>(found.length);
        for (org.apache.kafka.common.header.Header each : found) {
            headers.add(new Header(each.key(), each.value()));
        }
        return headers;
    }

    /** The records from {@code offset} on: as many as have at most so many bytes, but at least one; and the others, if any. */
    List<Stretch> split(long offset, int bytesMost) {
        RecordCursor records = new RecordCursor();
        records.reset(offset);
        addTo(records);
        List<Stretch> parts = new ArrayList<>();
        boolean more = records.next();
        while (more) {
            long first = records.offset();
            BatchBuilder part = BatchBuilder.startingAt(first, bytes());
            long last = first;
            while (more && (part.count() == 0 || !parts.isEmpty() || part.sizeInBytes() + size(records) <= bytesMost)) {
                last = records.offset();
                part.addAt(last, records.timestampMillis(), key(records), value(records), records.headers());
                more = records.next();
            }
            parts.add(new Stretch(part.build(), first, last + 1));
        }
        return parts;
    }

    private static int size(RecordCursor record) {
        return ROOM_PER_RECORD + Math.max(0, record.keyLength()) + Math.max(0, record.valueLength());
    }

    private static @Nullable ByteBuffer key(RecordCursor record) {
        return record.keyLength() < 0 ? null : ByteBuffer.wrap(record.array(), record.keyStart(), record.keyLength());
    }

    private static @Nullable ByteBuffer value(RecordCursor record) {
        return record.valueLength() < 0
                ? null
                : ByteBuffer.wrap(record.array(), record.valueStart(), record.valueLength());
    }

    void addTo(RecordCursor cursor) {
        ByteBuffer bytes = batch.bytes().duplicate();
        int length = bytes.remaining();
        int start = cursor.reserve(length);
        bytes.get(cursor.reserved(), start, length);
        cursor.addBatch(start, length, RecordCursor.APPENDED_AT_ITS_TIMESTAMP);
    }
}
