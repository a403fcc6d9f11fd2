package io.tidemill.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

final class JsonCodec<T> implements Codec<T>, SinkGenerator.Writing<T> {
    private final Class<T> type;
    private final transient @Nullable FamiliarLayouts<T> familiar;
    private final transient Reader<T> reader;

    /** Made when it is needed first; by two threads, if need be. */
    private transient @Nullable ObjectWriter writer;

    JsonCodec(Class<T> type) {
        this.type = type;
        RecordShape shape = RecordShape.of(type);
        familiar = shape == null ? null : FamiliarLayouts.of(shape);
        reader = shape == null ? new BoundReader<>(type) : new RecordReader<>(shape);
    }

    @Override
    public T decode(byte[] bytes, int offset, int length) throws IOException {
        if (familiar == null) {
            return parse(bytes, offset, length);
        }
        T known = familiar.read(bytes, offset, length);
        if (known != null) {
            return known;
        }
        T parsed = parse(bytes, offset, length);
        familiar.notice(bytes, offset, length);
        return parsed;
    }

    private T parse(byte[] bytes, int offset, int length) throws IOException {
        Utf8.requireWellFormed(bytes, offset, length);
        return reader.read(bytes, offset, length);
    }

    @Override
    public void encode(T value, ByteSink sink) {
        SinkGenerator.append(value, sink, this);
    }

    @Override
    public void write(T value, JsonGenerator generator) throws IOException {
        generator.setCodec(Jackson.mapper()); // for serializers of the user's
        writer().writeValue(generator, value);
    }

    private ObjectWriter writer() {
        ObjectWriter made = writer;
        if (made == null) {
            made = Jackson.mapper().writerFor(type);
            writer = made;
        }
        return made;
    }

    @Override
    public String format() {
        return "json(" + type.getSimpleName() + ")";
    }

    private Object readResolve() {
        return new JsonCodec<>(type);
    }
}
