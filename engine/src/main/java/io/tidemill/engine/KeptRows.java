package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.plan.Row;
import java.util.Arrays;
import java.util.List;

/** How rows are kept that have had their turn: as a state whose entries sort by time, then by origin. */
final class KeptRows {
    /** A row and what is known of it. */
    record Kept(StateEntry entry, byte[] part, int flags, Object value) {
        long timeMillis() {
            return timeOf(part);
        }

        byte[] origin() {
            return Arrays.copyOfRange(part, Long.BYTES, part.length);
        }
    }

    private KeptRows() {}

    static byte[] part(Row row) {
        return part(row.timeMillis(), row.origin());
    }

    private static byte[] part(long timeMillis, byte[] origin) {
        ByteSink sink = new ByteSink(Long.BYTES + origin.length);
        sink.writeLong(timeMillis ^ Long.MIN_VALUE);
        sink.write(origin);
        return sink.toByteArray();
    }

    static long timeOf(byte[] part) {
        return new ByteSource(part).readLong() ^ Long.MIN_VALUE;
    }

    /** Those from {@code first} to {@code last}, both included, as they were when this was called. */
    static Iterable<StateEntry> between(RowContext context, int slot, long first, long last) {
        return first > last ? List.of() : context.range(slot, bound(first), bound(last + 1));
    }

    static byte[] bound(long timeMillis) {
        return part(timeMillis, new byte[0]);
    }

    static byte[] write(int flags, Object value, Codec<Object> codec) {
        ByteSink sink = new ByteSink(64);
        sink.writeVarint(flags);
        codec.encode(value, sink);
        return sink.toByteArray();
    }

    static Kept read(StateEntry entry, byte[] bytes, Codec<Object> codec) throws Exception {
        ByteSource source = new ByteSource(bytes);
        int flags = source.readVarint();
        int start = bytes.length - source.remaining();
        return new Kept(entry, entry.part, flags, codec.decode(bytes, start, bytes.length - start));
    }

    /** What a row holds, for people. */
    static String text(byte[] bytes, Codec<Object> codec) throws Exception {
        ByteSource source = new ByteSource(bytes);
        source.readVarint();
        int start = bytes.length - source.remaining();
        return String.valueOf(codec.decode(bytes, start, bytes.length - start));
    }

    /** Changes the flags alone. */
    static byte[] flagged(byte[] bytes, int flags) {
        ByteSource source = new ByteSource(bytes);
        source.readVarint();
        ByteSink sink = new ByteSink(bytes.length + 5);
        sink.writeVarint(flags);
        sink.write(bytes, bytes.length - source.remaining(), source.remaining());
        return sink.toByteArray();
    }
}
