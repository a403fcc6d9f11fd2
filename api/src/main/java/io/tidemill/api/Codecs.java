package io.tidemill.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The codecs that need nothing but the JDK. */
final class Codecs {
    static final Codec<String> TEXT = new Text();
    static final Codec<Long> INT64 = new Int64();
    static final Codec<byte[]> BYTES = new Bytes();

    private Codecs() {}

    private static final class Text implements Codec<String> {
        @Override
        public String decode(byte[] bytes, int offset, int length) throws CharacterCodingException {
            for (int i = offset; i < offset + length; i++) {
                if (bytes[i] < 0) {
                    return StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(bytes, offset, length))
                            .toString();
                }
            }
            return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
        }

        @Override
        public void encode(String value, ByteSink sink) {
            sink.writeUtf8(value);
        }

        @Override
        public String format() {
            return "text";
        }

        private Object readResolve() {
            return TEXT;
        }
    }

    private static final class Int64 implements Codec<Long> {
        @Override
        public Long decode(byte[] bytes, int offset, int length) {
            if (length != Long.BYTES) {
                throw new IllegalArgumentException("an int64 has 8 bytes, here are " + length);
            }
            return new ByteSource(bytes, offset, length).readLong();
        }

        @Override
        public void encode(Long value, ByteSink sink) {
            sink.writeLong(value);
        }

        @Override
        public String format() {
            return "int64";
        }

        private Object readResolve() {
            return INT64;
        }
    }

    private static final class Bytes implements Codec<byte[]> {
        @Override
        public byte[] decode(byte[] bytes, int offset, int length) {
            return Arrays.copyOfRange(bytes, offset, offset + length);
        }

        @Override
        public void encode(byte[] value, ByteSink sink) {
            sink.write(value);
        }

        @Override
        public String format() {
            return "bytes";
        }

        private Object readResolve() {
            return BYTES;
        }
    }
}
