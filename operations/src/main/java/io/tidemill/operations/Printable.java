package io.tidemill.operations;

import io.tidemill.api.Codec;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Keys and values as a person reads them. */
final class Printable {
    private static final int CHARS_MAX = 300;

    private Printable() {}

    static String key(byte[] bytes, Codec<Object> codec) {
        try {
            Object key = codec.decode(bytes, 0, bytes.length);
            return key instanceof byte[] ? bytes(bytes) : cut(String.valueOf(key));
        } catch (Exception e) {
            // It is only shown: bytes that are no key are shown as they are.
            return bytes(bytes);
        }
    }

    /** As text where it is text, else in hexadecimal digits. */
    static String bytes(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.chars().noneMatch(Character::isISOControl)) {
                return cut(text);
            }
        } catch (CharacterCodingException e) {
            // no text
        }
        return cut("0x" + HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, CHARS_MAX)));
    }

    static String cut(String text) {
        return text.length() <= CHARS_MAX ? text : text.substring(0, CHARS_MAX) + "…";
    }
}
