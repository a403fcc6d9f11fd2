package io.tidemill.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The bytes of journal files. All integers are big-endian; checksums are CRC-32C.
 *
 * <pre>
 * file    segment header, then frames, then zeros (room that is not used yet)
 * frame   frame header, then entries; one frame is one commit
 * entry   length, type, payload, checksum of all before it
 * </pre>
 *
 * docs/journal-format.md tells every field. A frame's header checksum is salted with its file's salt, so that a frame
 * inside of a record's payload is never taken for one of the file.
 */
final class FrameFormat {
    static final long FILE_MAGIC = 0x54494445_4D494C4CL; // "TIDEMILL"
    /** Version 1 knew neither transactions nor what a consumer says of its offsets. */
    static final int FILE_VERSION = 2;

    private static final int FILE_VERSION_MIN = 1;
    static final int FILE_HEADER_BYTES = 64;

    static final int FRAME_MAGIC = 0x54494445; // "TIDE"
    static final int FRAME_HEADER_BYTES = 44;

    static final int ENTRY_HEADER_BYTES = 8;
    static final int ENTRY_CRC_BYTES = 4;
    static final byte ENTRY_RECORDS = 1;
    static final byte ENTRY_CHANGE = 2;
    /** Topic and partition precede the batch. */
    static final int RECORDS_HEADER_BYTES = ENTRY_HEADER_BYTES + 8;

    private FrameFormat() {}

    /**
     * What a file says of itself.
     *
     * @param id its place in the order of files
     * @param generation how often it was rewritten to give room back
     * @param firstSequence the sequence of the first frame that it covers
     * @param lastSequence of the last one; 0 in a file that was never rewritten, which covers all up to the next file
     */
    record FileHeader(long id, int generation, long firstSequence, long lastSequence, long createdMillis) {
        long salt() {
            return (createdMillis * 31 + id) * 31 + generation;
        }

        ByteBuffer encode() {
            ByteBuffer bytes = ByteBuffer.allocate(FILE_HEADER_BYTES);
            bytes.putLong(FILE_MAGIC).putInt(FILE_VERSION).putInt(generation);
            bytes.putLong(id).putLong(firstSequence).putLong(lastSequence).putLong(createdMillis);
            bytes.putInt(FILE_HEADER_BYTES - 4, crc(bytes, 0, FILE_HEADER_BYTES - 4));
            return bytes.rewind();
        }

        /** Of a file whose header was decoded. */
        static int version(ByteBuffer bytes) {
            return bytes.getInt(8);
        }

        /** Throws {@link IllegalArgumentException} that says what is wrong. */
        static FileHeader decode(ByteBuffer bytes) {
            if (bytes.remaining() < FILE_HEADER_BYTES || bytes.getLong(0) != FILE_MAGIC) {
                throw new IllegalArgumentException("it does not begin as a journal file does");
            }
            if (bytes.getInt(FILE_HEADER_BYTES - 4) != crc(bytes, 0, FILE_HEADER_BYTES - 4)) {
                throw new IllegalArgumentException("its header's checksum does not match");
            }
            int version = version(bytes);
            if (version < FILE_VERSION_MIN || version > FILE_VERSION) {
                throw new IllegalArgumentException("it has format version " + version + "; this program reads versions "
                        + FILE_VERSION_MIN + " to " + FILE_VERSION
                        + ": use the version of Tidemill that wrote it, or a newer one");
            }
            return new FileHeader(
                    bytes.getLong(16), bytes.getInt(12), bytes.getLong(24), bytes.getLong(32), bytes.getLong(40));
        }
    }

    /** @param syncedSequence the newest frame that was known to be on the disk when this one was written */
    record FrameHeader(
            int bodyLength, long sequence, long appendTimeMillis, long syncedSequence, int entryCount, int bodyCrc) {

        void encode(ByteBuffer into, long salt) {
            int start = into.position();
            into.putInt(FRAME_MAGIC).putInt(bodyLength).putLong(sequence).putLong(appendTimeMillis);
            into.putLong(syncedSequence).putInt(entryCount).putInt(bodyCrc);
            into.putInt(headerCrc(into, start, salt));
        }

        /** Null unless a sound frame header is at {@code at}. */
        static @org.jspecify.annotations.Nullable FrameHeader decode(ByteBuffer bytes, int at, long salt) {
            if (bytes.limit() - at < FRAME_HEADER_BYTES
                    || bytes.getInt(at) != FRAME_MAGIC
                    || bytes.getInt(at + FRAME_HEADER_BYTES - 4) != headerCrc(bytes, at, salt)) {
                return null;
            }
            FrameHeader header = new FrameHeader(
                    bytes.getInt(at + 4),
                    bytes.getLong(at + 8),
                    bytes.getLong(at + 16),
                    bytes.getLong(at + 24),
                    bytes.getInt(at + 32),
                    bytes.getInt(at + 36));
            return header.bodyLength < 0 || header.entryCount < 0 ? null : header;
        }

        private static int headerCrc(ByteBuffer bytes, int start, long salt) {
            CRC32C crc = new CRC32C();
            crc.update(ByteBuffer.allocate(Long.BYTES).putLong(salt).flip());
            crc.update(bytes.duplicate().limit(start + FRAME_HEADER_BYTES - 4).position(start));
            return (int) crc.getValue();
        }
    }

    static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    static int crc(ByteBuffer bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().limit(offset + length).position(offset));
        return (int) crc.getValue();
    }

    /** A key for one partition of one topic. */
    static long partitionKey(int topicId, int partition) {
        return ((long) topicId << 32) | (partition & 0xFFFF_FFFFL);
    }

    static int topicId(long partitionKey) {
        return (int) (partitionKey >>> 32);
    }

    static int partition(long partitionKey) {
        return (int) partitionKey;
    }
}
