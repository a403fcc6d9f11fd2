package io.tidemill.json;

import java.io.CharConversionException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Checks UTF-8, because Jackson's parser lets overlong forms and surrogates pass. */
final class Utf8 {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final char REPLACEMENT = '\uFFFD';

    private Utf8() {}

    static void requireWellFormed(byte[] bytes, int offset, int length) throws IOException {
        // the JDK's own decoder, at its fastest, puts a replacement for what is malformed
        if (!isAscii(bytes, offset, length)
                && new String(bytes, offset, length, StandardCharsets.UTF_8).indexOf(REPLACEMENT) >= 0) {
            requireDecodable(bytes, offset, length);
        }
    }

    private static boolean isAscii(byte[] bytes, int offset, int length) {
        int end = offset + length;
        if (length < Long.BYTES) {
            for (int i = offset; i < end; i++) {
                if (bytes[i] < 0) {
                    return false;
                }
            }
            return true;
        }
        long high = 0;
        for (int i = offset; i < end - Long.BYTES; i += Long.BYTES) {
            high |= (long) LONGS.get(bytes, i);
        }
        high |= (long) LONGS.get(bytes, end - Long.BYTES); // overlaps the one before
        return (high & HIGH_BITS) == 0;
    }

    private static void requireDecodable(byte[] bytes, int offset, int length) throws IOException {
        try {
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, offset, length));
        } catch (CharacterCodingException e) {
            IOException malformed = new CharConversionException("the text is not well-formed UTF-8");
            malformed.initCause(e);
            throw malformed;
        }
    }
}
