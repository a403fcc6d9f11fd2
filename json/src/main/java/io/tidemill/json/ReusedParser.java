package io.tidemill.json;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.ContentReference;
import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.core.json.UTF8StreamJsonParser;
import com.fasterxml.jackson.core.sym.ByteQuadsCanonicalizer;
import com.fasterxml.jackson.core.util.BufferRecycler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Jackson's parser, put before one record after the other where they lie, as if each were the next value of one stream.
 * What fails leaves it in the middle of a value, and of no more use. Used by one thread at a time.
 */
final class ReusedParser extends UTF8StreamJsonParser {
    /** What a longer record may leave in the parser's buffers would be too much to keep for each thread. */
    static final int RECORD_BYTES_MAX = 8_000;

    /** How much is read before a new parser is made, because a parser remembers all field names. */
    private static final int TOTAL_BYTES_MAX = 8_000_000;

    private static final byte[] NOTHING = {};

    private int totalBytes;

    ReusedParser() {
        super(
                new IOContext(
                        Jackson.STREAMING.streamReadConstraints(),
                        Jackson.STREAMING.streamWriteConstraints(),
                        ErrorReportConfiguration.defaults(),
                        new BufferRecycler(),
                        ContentReference.unknown(),
                        false),
                Jackson.STREAMING.getParserFeatures(),
                null,
                null,
                ByteQuadsCanonicalizer.createRoot().makeChild(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES.getMask()),
                NOTHING,
                0,
                0,
                0,
                false);
    }

    /** Goes to the start of the given record. The one before has been read to its end. */
    void start(byte[] bytes, int offset, int length) {
        totalBytes += length;
        _inputBuffer = bytes;
        _inputPtr = offset;
        _inputEnd = offset + length;
    }

    /** Forgets the record; returns whether nothing but white space was left of it. */
    boolean finish() {
        boolean isWhite = true;
        for (int i = _inputPtr; i < _inputEnd; i++) {
            byte left = _inputBuffer[i];
            isWhite &= left == ' ' || left == '\n' || left == '\r' || left == '\t';
        }
        start(NOTHING, 0, 0);
        return isWhite;
    }

    boolean isUsedUp() {
        return totalBytes > TOTAL_BYTES_MAX;
    }

    /** The same text, without the detour by way of characters that are each put into a buffer, if there is no escape in it. */
    @Override
    public String getText() throws IOException {
        if (_currToken == JsonToken.VALUE_STRING && _tokenIncomplete) {
            int end = plainEnd();
            if (end >= 0) {
                String text = new String(_inputBuffer, _inputPtr, end - _inputPtr, StandardCharsets.ISO_8859_1);
                _inputPtr = end + 1;
                _tokenIncomplete = false;
                return text;
            }
        }
        return super.getText();
    }

    /** Where the quotation mark is that ends the text; -1 if there is anything before it but plain ASCII. */
    private int plainEnd() {
        for (int i = _inputPtr; i < _inputEnd; i++) {
            byte next = _inputBuffer[i];
            if (next == '"') {
                return i;
            }
            if (next < ' ' || next == '\\') {
                return -1;
            }
        }
        return -1;
    }
}
