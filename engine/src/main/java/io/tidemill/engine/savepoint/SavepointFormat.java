package io.tidemill.engine.savepoint;

import io.tidemill.api.ByteSource;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The bytes of a savepoint's file. It is a list of frames: the header; for each section its beginning, blocks of entries
 * and its end; the footer. docs/savepoint-format.md tells every field.
 */
public final class SavepointFormat {
    public static final int VERSION = 2;

    /** Files from this version on are read. */
    static final int VERSION_OLDEST = 1;

    /** The kinds of entries that are no records of state. Those of state keep the letter that they have there. */
    public static final byte CURSOR = 'C';

    public static final byte LATENESS = 'L';

    /** An accumulator of a window that has closed. */
    public static final byte CLOSED = 'k';

    /** A session that has closed, or a part of one. */
    public static final byte ENDED = 'e';

    /** A late record that no correction has read. */
    public static final byte LATE_RECORD = 'r';

    static final byte[] MAGIC = "TIDESAVE".getBytes(StandardCharsets.US_ASCII);
    static final byte[] END_MAGIC = "EVASEDIT".getBytes(StandardCharsets.US_ASCII);

    static final byte HEADER = 1;
    static final byte SECTION = 2;
    static final byte BLOCK = 3;
    static final byte SECTION_END = 4;
    static final byte FOOTER = 5;

    /** Type, length of the payload, CRC32C of type, length and payload. */
    static final int FRAME_HEADER_BYTES = 1 + 4 + 4;

    /** The position of the footer, and the magic at the end. */
    static final int TAIL_BYTES = 16;

    /** A record of state has at most 65 MiB, and an entry of it a little more. */
    static final int FRAME_BYTES_MAX = 72 << 20;

    static final int BLOCK_BYTES = 64 << 10;

    private SavepointFormat() {}

    static Map<String, String> readProperties(ByteSource source) {
        Map<String, String> properties = new LinkedHashMap<>();
        for (int i = source.readVarint(); i > 0; i--) {
            properties.put(source.readText(), source.readText());
        }
        return properties;
    }

    static SortedMap<Character, Long> readKinds(ByteSource source) {
        SortedMap<Character, Long> kinds = new TreeMap<>();
        for (int i = source.readVarint(); i > 0; i--) {
            kinds.put((char) (source.readByte() & 0xFF), source.readVarlong());
        }
        return kinds;
    }
}
