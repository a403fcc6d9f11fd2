package io.tidemill.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import java.io.IOException;

final class JsonCodec<T> implements Codec<T>, SinkGenerator.Writing<T> {
    private final Class<T> type;
    private final transient Reader<T> reader;
    private final transient ObjectWriter writer;

    JsonCodec(Class<T> type) {
        this.type = type;
        RecordShape shape = RecordShape.of(type);
        reader = shape == null ? new BoundReader<>(type) : new RecordReader<>(shape);
        writer = Jackson.MAPPER.writerFor(type);
    }

    @Override
    public T decode(byte[] bytes, int offset, int length) throws IOException {
        Utf8.requireWellFormed(bytes, offset, length);
        return reader.read(bytes, offset, length);
    }

    @Override
    public void encode(T value, ByteSink sink) {
        SinkGenerator.append(value, sink, this);
    }

    @Override
    public void write(T value, JsonGenerator generator) throws IOException {
        writer.writeValue(generator, value);
    }

    @Override
    public String format() {
        return "json(" + type.getSimpleName() + ")";
    }

    private Object readResolve() {
        return new JsonCodec<>(type);
    }
}
