package io.tidemill.json;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a record of simple types straight from Jackson's parser.
 *
 * <p>For a record of 100 bytes more than a third of the time would go into making a parser, so each thread keeps one and
 * reads one record after the other with it, as values of one stream. Only what is read without a hitch is taken from there: after
 * anything else that parser is dropped and the record read again by a parser of its own, so that the outcome, be it an
 * error and the place it names, does not depend on the records before it.
 */
final class RecordReader<T> implements Reader<T> {
    private final RecordFields fields;
    private final RecordConstructor constructor;

    RecordReader(RecordShape shape) {
        fields = new RecordFields(shape);
        constructor = new RecordConstructor(shape.constructor());
    }

    @Override
    @SuppressWarnings("unchecked") // the constructor is that of T
    public T read(byte[] bytes, int offset, int length) throws IOException {
        @Nullable Object[] values = length <= ReusedParser.RECORD_BYTES_MAX ? tryRead(bytes, offset, length) : null;
        if (values == null) {
            values = readAlone(bytes, offset, length);
        }
        return (T) constructor.call(values);
    }

    private @Nullable Object @Nullable [] tryRead(byte[] bytes, int offset, int length) {
        Idle idle = Idle.ofThread();
        ReusedParser parser = idle.takeParser();
        try {
            parser.start(bytes, offset, length);
            @Nullable Object[] values = fields.read(parser);
            if (parser.finish()) {
                if (!parser.isUsedUp()) {
                    idle.put(parser);
                }
                return values;
            }
        } catch (IOException | RuntimeException e) {
            // it is thrown again when the record is read alone
        }
        return null;
    }

    private @Nullable Object[] readAlone(byte[] bytes, int offset, int length) throws IOException {
        try (JsonParser parser = Jackson.STREAMING.createParser(bytes, offset, length)) {
            @Nullable Object[] values = fields.read(parser);
            Mismatch.requireEnd(fields.type(), parser);
            return values;
        }
    }
}
