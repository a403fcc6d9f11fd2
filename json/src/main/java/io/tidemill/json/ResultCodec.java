package io.tidemill.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes results. */
final class ResultCodec<K, V> implements Codec<Result<K, V>>, SinkGenerator.Writing<Result<K, V>> {
    private static final ResultCodec<Object, Object> INSTANCE = new ResultCodec<>();
    private static final SerializableString KEY = new SerializedString("key");
    private static final SerializableString WINDOW_START = new SerializedString("windowStart");
    private static final SerializableString WINDOW_END = new SerializedString("windowEnd");
    private static final SerializableString REVISION = new SerializedString("revision");
    private static final SerializableString VALUE = new SerializedString("value");

    /** The last window's, since the results of a window come together. Shared by all threads; a stale one costs time only. */
    private transient @Nullable WindowText last;

    private record WindowText(Window window, SerializableString start, SerializableString end) {}

    @SuppressWarnings("unchecked") // it takes any key and any value
    static <K, V> Codec<Result<K, V>> instance() {
        return (Codec<Result<K, V>>) (Codec<?>) INSTANCE;
    }

    @Override
    public Result<K, V> decode(byte[] bytes, int offset, int length) {
        throw new UnsupportedOperationException(
                "json(result) only writes: read results with a codec for a record of your own that has their fields");
    }

    @Override
    public void encode(Result<K, V> result, ByteSink sink) {
        SinkGenerator.append(result, sink, this);
    }

    @Override
    public void write(Result<K, V> result, JsonGenerator generator) throws IOException {
        generator.writeStartObject();
        generator.writeFieldName(KEY);
        writeValue(result.key(), generator);
        if (result.window() != null) {
            WindowText text = text(result.window());
            generator.writeFieldName(WINDOW_START);
            generator.writeString(text.start);
            generator.writeFieldName(WINDOW_END);
            generator.writeString(text.end);
            generator.writeFieldName(REVISION);
            generator.writeNumber(result.revision());
        }
        generator.writeFieldName(VALUE);
        writeValue(result.value(), generator);
        generator.writeEndObject();
    }

    private WindowText text(Window window) {
        WindowText text = last;
        if (text == null || !text.window.equals(window)) {
            text = new WindowText(
                    window,
                    new SerializedString(window.start().toString()),
                    new SerializedString(window.end().toString()));
            last = text;
        }
        return text;
    }

    /** The usual types of keys and values straight to the generator, all others by Jackson's data binding. */
    private static void writeValue(@Nullable Object value, JsonGenerator generator) throws IOException {
        if (value instanceof Long number) {
            generator.writeNumber(number);
        } else if (value instanceof String text) {
            generator.writeString(text);
        } else if (value instanceof Double number) {
            generator.writeNumber(number);
        } else if (value instanceof Integer number) {
            generator.writeNumber(number);
        } else if (value instanceof Map<?, ?> map && isNamed(map)) {
            generator.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                generator.writeFieldName((String) entry.getKey());
                writeValue(entry.getValue(), generator);
            }
            generator.writeEndObject();
        } else {
            generator.setCodec(Jackson.mapper()); // for serializers of the user's
            Jackson.mapper().writeValue(generator, value);
        }
    }

    private static boolean isNamed(Map<?, ?> map) {
        for (Object key : map.keySet()) {
            if (!(key instanceof String)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String format() {
        return "json(result)";
    }

    private Object readResolve() {
        return INSTANCE;
    }
}
