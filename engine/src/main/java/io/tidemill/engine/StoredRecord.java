package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Header;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record of a topic, as a savepoint keeps it. */
record StoredRecord(long timestampMillis, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {
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
