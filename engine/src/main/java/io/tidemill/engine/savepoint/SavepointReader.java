package io.tidemill.engine.savepoint;

import io.tidemill.api.ByteSource;
import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Reads a savepoint. What is not what was written is told as {@link SavepointException}, never handed out. Not thread-safe.
 */
public final class SavepointReader implements AutoCloseable {
    private final DiskFile file;
    private final String place;
    private final long size;
    private final SavepointInfo info;
    private final long footerAt;
    private final long frames;
    private final int checksum;

    /** Takes the entries of a savepoint, in the order of the file. */
    public interface Visitor {
        void take(SavepointSection section, SavepointEntry entry) throws IOException;
    }

    /** One frame. */
    private record Frame(byte type, byte[] payload, byte[] head, long end) {
        ByteSource source() {
            return new ByteSource(payload);
        }
    }

    /** Reads the header and the footer. */
    public SavepointReader(Disk disk, String path) throws IOException {
        file = disk.open(path);
        place = disk.locate(path);
        try {
            size = file.size();
            byte[] magic = bytes(0, SavepointFormat.MAGIC.length);
            if (!Arrays.equals(magic, SavepointFormat.MAGIC)) {
                throw damaged("it does not begin as a savepoint does");
            }
            byte[] tail = bytes(size - SavepointFormat.TAIL_BYTES, SavepointFormat.TAIL_BYTES);
            footerAt = new ByteSource(tail).readLong();
            if (!Arrays.equals(Arrays.copyOfRange(tail, 8, 16), SavepointFormat.END_MAGIC)) {
                throw damaged("its end is missing");
            }
            Frame header = frame(magic.length, SavepointFormat.HEADER);
            if (footerAt < header.end) {
                throw damaged("its footer is not where it should be");
            }
            Frame footer = frame(footerAt, SavepointFormat.FOOTER);
            if (footer.end != size - SavepointFormat.TAIL_BYTES) {
                throw damaged("its footer does not end where it should");
            }
            ByteSource source = footer.source();
            List<SavepointSection> sections = new ArrayList<>();
            for (int i = source.readVarint(); i > 0; i--) {
                source.readVarlong();
                sections.add(SavepointSection.readBeginning(source).readEnd(source));
            }
            frames = source.readVarlong();
            checksum = source.readInt();
            info = new SavepointInfo(
                    path.substring(path.lastIndexOf('/') + 1),
                    size,
                    SavepointHeader.read(header.source()),
                    List.copyOf(sections));
        } catch (IllegalStateException e) {
            file.close();
            throw damaged(String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    public SavepointInfo info() {
        return info;
    }

    /** Reads all of it and keeps nothing: throws unless every byte is as it was written. */
    public void verify() throws IOException {
        forEach((section, entry) -> {});
    }

    /** Hands out all entries; throws at the latest after the last one unless every byte is as it was written. */
    public void forEach(Visitor visitor) throws IOException {
        try {
            read(visitor);
        } catch (IllegalStateException e) {
            throw damaged(String.valueOf(e.getMessage()));
        }
    }

    private void read(Visitor visitor) throws IOException {
        CRC32C all = new CRC32C();
        all.update(SavepointFormat.MAGIC);
        Frame frame = frame(SavepointFormat.MAGIC.length, SavepointFormat.HEADER);
        update(all, frame);
        long read = 1;
        int number = 0;
        while (frame.end < footerAt) {
            frame = frame(frame.end, SavepointFormat.SECTION);
            update(all, frame);
            read++;
            Counted counted = new Counted(SavepointSection.readBeginning(frame.source()));
            do {
                frame = frame(frame.end);
                update(all, frame);
                read++;
                if (frame.type == SavepointFormat.BLOCK) {
                    counted.read(frame.source(), visitor);
                }
            } while (frame.type == SavepointFormat.BLOCK);
            SavepointSection section = counted.end();
            if (frame.type != SavepointFormat.SECTION_END
                    || !counted.section.readEnd(frame.source()).equals(section)
                    || number >= info.sections().size()
                    || !info.sections().get(number).equals(section)) {
                throw damaged("section '" + section.name() + "' does not hold what it says");
            }
            number++;
        }
        if (frame.end != footerAt
                || number != info.sections().size()
                || read != frames
                || (int) all.getValue() != checksum) {
            throw damaged("it does not hold what its footer says");
        }
    }

    private static void update(CRC32C all, Frame frame) {
        all.update(frame.head);
        all.update(frame.payload);
    }

    /** A section as it is found. */
    private static final class Counted {
        final SavepointSection section;
        long entries;
        long bytes;
        final SortedMap<Character, Long> kinds = new TreeMap<>();

        Counted(SavepointSection section) {
            this.section = section;
        }

        void read(ByteSource source, Visitor visitor) throws IOException {
            for (int i = source.readVarint(); i > 0; i--) {
                SavepointEntry entry = new SavepointEntry(
                        source.readByte(),
                        source.readLong(),
                        source.readLong(),
                        source.readSized(),
                        source.readSized());
                entries++;
                bytes += entry.key().length + entry.value().length;
                kinds.merge((char) (entry.kind() & 0xFF), 1L, Long::sum);
                visitor.take(section, entry);
            }
        }

        SavepointSection end() {
            return section.counted(entries, bytes, kinds);
        }
    }

    private Frame frame(long at, byte type) throws IOException {
        Frame frame = frame(at);
        if (frame.type != type) {
            throw damaged("at " + at + " is a frame of type " + frame.type + ", not " + type);
        }
        return frame;
    }

    private Frame frame(long at) throws IOException {
        byte[] head = bytes(at, SavepointFormat.FRAME_HEADER_BYTES);
        ByteSource source = new ByteSource(head);
        byte type = source.readByte();
        int length = source.readInt();
        int expected = source.readInt();
        if (length < 0 || length > SavepointFormat.FRAME_BYTES_MAX) {
            throw damaged("at " + at + " is a frame of " + length + " bytes");
        }
        byte[] payload = bytes(at + head.length, length);
        CRC32C crc = new CRC32C();
        crc.update(head, 0, 5);
        crc.update(payload);
        if ((int) crc.getValue() != expected) {
            throw damaged("the checksum of the frame at " + at + " is wrong");
        }
        return new Frame(type, payload, head, at + head.length + length);
    }

    private byte[] bytes(long at, int length) throws IOException {
        if (at < 0 || length > size - at) {
            throw damaged("it ends too early");
        }
        byte[] bytes = new byte[length];
        if (file.read(ByteBuffer.wrap(bytes), at) != length) {
            throw new EOFException(place + " ends at " + file.size());
        }
        return bytes;
    }

    private SavepointException damaged(String what) {
        return new SavepointException(
                place + " is no savepoint, or a damaged one (" + what + "): use a copy of it, or another savepoint");
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
