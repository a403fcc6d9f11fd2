package io.tidemill.engine.savepoint;

import io.tidemill.api.ByteSink;
import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Writes a savepoint from its first byte to its last. Not thread-safe. What it writes is none before {@link #finish}. */
public final class SavepointWriter implements AutoCloseable {
    private final DiskFile file;
    private final ByteSink frame = new ByteSink(SavepointFormat.BLOCK_BYTES * 2);
    private final ByteSink block = new ByteSink(SavepointFormat.BLOCK_BYTES * 2);
    private final CRC32C all = new CRC32C();
    private final List<SavepointSection> sections = new ArrayList<>();
    private final List<Long> positions = new ArrayList<>();
    private long position;
    private long frames;
    private int blockEntries;
    private @Nullable SavepointSection section;
    private long entries;
    private long bytes;
    private SortedMap<Character, Long> kinds = new TreeMap<>();

    /** Begins the file, which is emptied if it exists. */
    public SavepointWriter(Disk disk, String path, SavepointHeader header) throws IOException {
        file = disk.create(path);
        try {
            put(SavepointFormat.MAGIC, SavepointFormat.MAGIC.length);
            ByteSink sink = new ByteSink();
            header.write(sink);
            frame(SavepointFormat.HEADER, sink);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    public void begin(SavepointSection next) throws IOException {
        section = next;
        entries = 0;
        bytes = 0;
        kinds = new TreeMap<>();
        positions.add(position);
        ByteSink sink = new ByteSink();
        next.writeBeginning(sink);
        frame(SavepointFormat.SECTION, sink);
    }

    public void add(SavepointEntry entry) throws IOException {
        block.write(entry.kind());
        block.writeLong(entry.start());
        block.writeLong(entry.end());
        block.writeSized(entry.key());
        block.writeSized(entry.value());
        blockEntries++;
        entries++;
        bytes += entry.key().length + entry.value().length;
        kinds.merge((char) (entry.kind() & 0xFF), 1L, Long::sum);
        if (block.size() >= SavepointFormat.BLOCK_BYTES) {
            flush();
        }
    }

    private void flush() throws IOException {
        if (blockEntries > 0) {
            ByteSink sink = new ByteSink(block.size() + 8);
            sink.writeVarint(blockEntries);
            sink.write(block.array(), 0, block.size());
            frame(SavepointFormat.BLOCK, sink);
            block.reset();
            blockEntries = 0;
        }
    }

    public void end() throws IOException {
        flush();
        if (section == null) {
            throw new IllegalStateException("no section has begun");
        }
        SavepointSection ended = section.counted(entries, bytes, kinds);
        ByteSink sink = new ByteSink();
        ended.writeEnd(sink);
        frame(SavepointFormat.SECTION_END, sink);
        sections.add(ended);
        section = null;
    }

    /** Ends the file and returns once it is on the disk. */
    public void finish() throws IOException {
        long footerAt = position;
        ByteSink sink = new ByteSink();
        sink.writeVarint(sections.size());
        for (int i = 0; i < sections.size(); i++) {
            sink.writeVarlong(positions.get(i));
            sections.get(i).writeBeginning(sink);
            sections.get(i).writeEnd(sink);
        }
        sink.writeVarlong(frames);
        sink.writeInt((int) all.getValue());
        frame(SavepointFormat.FOOTER, sink);
        ByteSink tail = new ByteSink();
        tail.writeLong(footerAt);
        tail.write(SavepointFormat.END_MAGIC);
        put(tail.array(), tail.size());
        file.force();
    }

    private void frame(byte type, ByteSink payload) throws IOException {
        if (payload.size() > SavepointFormat.FRAME_BYTES_MAX) {
            throw new SavepointException("a frame of " + payload.size() + " bytes is more than a savepoint holds ("
                    + SavepointFormat.FRAME_BYTES_MAX + ")");
        }
        frame.reset();
        frame.write(type);
        frame.writeInt(payload.size());
        CRC32C crc = new CRC32C();
        crc.update(frame.array(), 0, frame.size());
        crc.update(payload.array(), 0, payload.size());
        frame.writeInt((int) crc.getValue());
        frame.write(payload.array(), 0, payload.size());
        put(frame.array(), frame.size());
        frames++;
    }

    private void put(byte[] source, int length) throws IOException {
        file.write(ByteBuffer.wrap(source, 0, length), position);
        all.update(source, 0, length);
        position += length;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
