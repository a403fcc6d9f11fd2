package io.tidemill.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;

/** Reads any type by Jackson's data binding. */
final class BoundReader<T> implements Reader<T> {
    private final Class<T> type;
    private final ObjectReader reader;

    BoundReader(Class<T> type) {
        this.type = type;
        reader = Jackson.mapper().readerFor(type);
    }

    @Override
    public T read(byte[] bytes, int offset, int length) throws IOException {
        try (JsonParser parser = reader.createParser(bytes, offset, length)) {
            Mismatch.requireValue(type, parser);
            T value = reader.readValue(parser);
            if (value == null) { // by the leave of a deserializer that an annotation names
                throw Mismatch.expected("a value", type, parser);
            }
            Mismatch.requireEnd(type, parser);
            return value;
        }
    }
}
