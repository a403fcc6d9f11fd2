package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Header;
import io.tidemill.api.LateRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A record of a topic, as a savepoint keeps it. */
record StoredRecord(long timestampMillis, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {
    /** A late record with other names of the operators that it was late for; itself if none is another. Null takes one out. */
    StoredRecord renamed(Function<String, @Nullable String> names) {
        LateRecord late = LateRecord.of(key, value, headers);
        List<LateRecord.Missed> missed = new ArrayList<>();
        for (LateRecord.Missed each : late.missed()) {
            String name = names.apply(each.operator());
            if (name != null) {
                missed.add(new LateRecord.Missed(name, each.element(), each.window(), each.byMillis()));
            }
        }
        if (missed.equals(late.missed())) {
            return this;
        }
        LateRecord renamed = new LateRecord(
                late.key(), late.payload(), late.headers(), late.origin(), late.pipeline(), List.copyOf(missed));
        return new StoredRecord(timestampMillis, key, value, renamed.toHeaders());
    }

    byte[] toBytes() {
        ByteSink sink = new ByteSink();
        sink.writeVarlong(timestampMillis);
        write(key, sink);
        write(value, sink);
        sink.writeVarint(headers.size());
        headers.forEach(header -> {
            sink.writeText(header.name());
            write(header.value(), sink);
        });
        return sink.toByteArray();
    }

    private static void write(byte @Nullable [] bytes, ByteSink sink) {
        sink.write(bytes == null ? 0 : 1);
        if (bytes != null) {
            sink.writeSized(bytes);
        }
    }

    static StoredRecord of(byte[] bytes) {
        ByteSource source = new ByteSource(bytes);
        long timestamp = source.readVarlong();
        byte[] key = read(source);
        byte[] value = read(source);
        List<Header> headers = new ArrayList<>();
        for (int i = source.readVarint(); i > 0; i--) {
            headers.add(new Header(source.readText(), read(source)));
        }
        return new StoredRecord(timestamp, key, value, headers);
    }

    private static byte @Nullable [] read(ByteSource source) {
        return source.readByte() == 0 ? null : source.readSized();
    }
}
