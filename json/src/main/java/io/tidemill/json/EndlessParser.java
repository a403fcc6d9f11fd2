package io.tidemill.json;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A parser that reads many records, one after the other. Used by one thread at a time. */
final class EndlessParser {
    /** The size of the parser's buffer: a record is read into it at once. */
    static final int BYTES_MAX = 8_000;

    /** How many records are read before a new parser is made, because a parser remembers all field names. */
    private static final int RECORDS_MAX = 1_000;

    private static final byte[] NOTHING = {};

    private final Input input = new Input();
    private final Rest rest = new Rest();
    private JsonParser parser = newParser();
    private int records;

    EndlessParser() throws IOException {}

    private JsonParser newParser() throws IOException {
        return Jackson.STREAMING.createParser(input);
    }

    /** A parser at the start of the given record. The one before has been read to its end. */
    JsonParser next(byte[] bytes, int offset, int length) throws IOException {
        if (++records > RECORDS_MAX) {
            parser.close();
            parser = newParser();
            records = 1;
        }
        input.set(bytes, offset, length);
        return parser;
    }

    /** Forgets the record; returns whether nothing but white space was left of it. */
    boolean finish() throws IOException {
        boolean isRead = input.offset == input.end;
        input.set(NOTHING, 0, 0);
        rest.isWhite = true;
        return isRead && (parser.releaseBuffered(rest) == 0 || rest.isWhite);
    }

    void close() throws IOException {
        parser.close();
    }

    /** One record's bytes, then the end of input; until the next record. */
    private static final class Input extends InputStream {
        private byte[] bytes = NOTHING;
        private int offset;
        private int end;

        void set(byte[] newBytes, int newOffset, int length) {
            bytes = newBytes;
            offset = newOffset;
            end = newOffset + length;
        }

        @Override
        public int read() {
            return offset < end ? bytes[offset++] & 0xFF : -1;
        }

        @Override
        public int read(byte[] target, int targetOffset, int length) {
            int count = Math.min(length, end - offset);
            if (count <= 0) {
                return -1;
            }
            System.arraycopy(bytes, offset, target, targetOffset, count);
            offset += count;
            return count;
        }
    }

    /** What is left in the parser's buffer. */
    private static final class Rest extends OutputStream {
        private boolean isWhite;

        @Override
        public void write(int value) {
            isWhite &= value == ' ' || value == '\n' || value == '\r' || value == '\t';
        }
    }
}
