package io.tidemill.json;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemill.api.ByteSink;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** A generator that writes many values, each to the sink it is for. It is kept per thread, because it is costly to make. */
final class SinkGenerator extends OutputStream {
    private final JsonGenerator generator;
    private @Nullable ByteSink sink;

    SinkGenerator() throws IOException {
        generator = Jackson.STREAMING.createGenerator((OutputStream) this);
    }

    /** Writes one value to a generator. */
    @FunctionalInterface
    interface Writing<T> {
        void write(T value, JsonGenerator generator) throws IOException;
    }

    /** Appends {@code value} to {@code sink}; or nothing, if it throws. */
    static <T> void append(T value, ByteSink sink, Writing<T> writing) {
        int start = sink.size();
        boolean done = false;
        try {
            Idle idle = Idle.ofThread();
            SinkGenerator output = idle.takeGenerator();
            output.sink = sink;
            writing.write(value, output.generator);
            output.generator.flush();
            output.sink = null;
            idle.put(output); // after an exception it is in the middle of a value, and of no more use
            done = true;
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the " + value.getClass().getName() + " cannot be written as JSON: " + e.getMessage(), e);
        } finally {
            if (!done) {
                sink.truncate(start);
            }
        }
    }

    @Override
    public void write(int value) {
        target().write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        target().write(bytes, offset, length);
    }

    private ByteSink target() {
        if (sink == null) {
            throw new IllegalStateException("nothing is being written");
        }
        return sink;
    }
}
