package io.tidemill.engine.savepoint;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.log.disk.Disk;
import io.tidemill.log.disk.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Sorts any number of entries by key in bounded memory: sorted runs on the disk, merged. Of the entries of one key only that
 * of the highest sequence comes out, and none if that is a removal. Not thread-safe.
 */
public final class EntrySorter implements AutoCloseable {
    private static final int RUNS_MAX = 8_192;
    private static final int ITEM_OVERHEAD_BYTES = 80;
    private static final int MERGE_BYTES = 32 << 20;
    private static final int BUFFER_BYTES_MIN = 8 << 10;
    private static final int BUFFER_BYTES_MAX = 1 << 20;
    private static final Comparator<Item> ORDER =
            Comparator.comparing(Item::key, Arrays::compareUnsigned).thenComparingLong(Item::sequence);

    private final Disk disk;
    private final String prefix;
    private final long memoryBytesMax;
    private final List<Item> items = new ArrayList<>();
    private final List<DiskFile> runs = new ArrayList<>();
    private long itemBytes;

    private record Item(byte[] key, long sequence, byte @Nullable [] value) {}

    /** Takes what comes out. */
    public interface Target {
        void take(byte[] key, byte[] value) throws IOException;
    }

    /** @param prefix the beginning of the names of its files, which {@link #close} deletes */
    public EntrySorter(Disk disk, String prefix, long memoryBytesMax) {
        this.disk = disk;
        this.prefix = prefix;
        this.memoryBytesMax = memoryBytesMax;
    }

    /** @param value null where the entry was removed */
    public void add(byte[] key, long sequence, byte @Nullable [] value) throws IOException {
        items.add(new Item(key, sequence, value));
        itemBytes += key.length + (value == null ? 0 : value.length) + ITEM_OVERHEAD_BYTES;
        if (itemBytes > memoryBytesMax) {
            spill();
        }
    }

    private void spill() throws IOException {
        if (runs.size() == RUNS_MAX) {
            throw new SavepointException("the state is too large for a savepoint: more than " + RUNS_MAX + " runs of "
                    + memoryBytesMax + " bytes");
        }
        items.sort(ORDER);
        DiskFile file = disk.create(runName(runs.size()));
        runs.add(file);
        ByteSink sink = new ByteSink(BUFFER_BYTES_MAX);
        long position = 0;
        for (Item item : items) {
            byte[] value = item.value == null ? new byte[0] : item.value;
            sink.writeInt(item.key.length);
            sink.writeInt(item.value == null ? -1 : value.length);
            sink.writeLong(item.sequence);
            sink.write(item.key);
            sink.write(value);
            if (sink.size() >= BUFFER_BYTES_MAX) {
                position = flush(file, sink, position);
            }
        }
        flush(file, sink, position);
        items.clear();
        itemBytes = 0;
    }

    private static long flush(DiskFile file, ByteSink sink, long position) throws IOException {
        int size = sink.size();
        file.write(ByteBuffer.wrap(sink.array(), 0, size), position);
        sink.reset();
        return position + size;
    }

    private String runName(int number) {
        return prefix + ".run-" + number;
    }

    /** Hands out all that was added, in the order of their keys as unsigned bytes. */
    public void finish(Target target) throws IOException {
        PriorityQueue<Run> queue = new PriorityQueue<>(Comparator.comparing((Run run) -> run.item(), ORDER));
        int bufferBytes = Math.max(BUFFER_BYTES_MIN, Math.min(BUFFER_BYTES_MAX, MERGE_BYTES / (runs.size() + 1)));
        for (DiskFile file : runs) {
            offer(queue, new FileRun(file, bufferBytes));
        }
        items.sort(ORDER);
        offer(queue, new MemoryRun(items));
        Item newest = null;
        while (!queue.isEmpty()) {
            Run run = queue.remove();
            Item next = run.item();
            if (newest != null && !Arrays.equals(newest.key, next.key)) {
                hand(newest, target);
            }
            newest = next;
            offer(queue, run);
        }
        if (newest != null) {
            hand(newest, target);
        }
    }

    private static void hand(Item item, Target target) throws IOException {
        if (item.value != null) {
            target.take(item.key, item.value);
        }
    }

    private static void offer(PriorityQueue<Run> queue, Run run) throws IOException {
        if (run.advance()) {
            queue.add(run);
        }
    }

    /** Sorted items, one after the other. */
    private interface Run {
        boolean advance() throws IOException;

        Item item();
    }

    private static final class MemoryRun implements Run {
        private final List<Item> items;
        private int at = -1;

        MemoryRun(List<Item> items) {
            this.items = items;
        }

        @Override
        public boolean advance() {
            return ++at < items.size();
        }

        @Override
        public Item item() {
            return items.get(at);
        }
    }

    private static final class FileRun implements Run {
        private static final int HEAD_BYTES = 16;

        private final DiskFile file;
        private final long size;
        private byte[] buffer;
        private long position;
        private int start;
        private int end;
        private Item item = new Item(new byte[0], 0, null);

        FileRun(DiskFile file, int bufferBytes) throws IOException {
            this.file = file;
            this.size = file.size();
            this.buffer = new byte[bufferBytes];
        }

        @Override
        public boolean advance() throws IOException {
            if (start == end && position == size) {
                return false;
            }
            need(HEAD_BYTES);
            ByteSource head = new ByteSource(buffer, start, HEAD_BYTES);
            int keyLength = head.readInt();
            int valueLength = head.readInt();
            long sequence = head.readLong();
            int length = HEAD_BYTES + keyLength + Math.max(0, valueLength);
            need(length);
            int keyAt = start + HEAD_BYTES;
            byte[] key = Arrays.copyOfRange(buffer, keyAt, keyAt + keyLength);
            byte[] value = valueLength < 0 ? null : Arrays.copyOfRange(buffer, keyAt + keyLength, start + length);
            item = new Item(key, sequence, value);
            start += length;
            return true;
        }

        private void need(int count) throws IOException {
            if (end - start >= count) {
                return;
            }
            byte[] into = buffer.length >= count ? buffer : new byte[count];
            System.arraycopy(buffer, start, into, 0, end - start);
            buffer = into;
            end -= start;
            start = 0;
            int wanted = (int) Math.min(buffer.length - end, size - position);
            int read = file.read(ByteBuffer.wrap(buffer, end, wanted), position);
            position += read;
            end += read;
            if (end < count) {
                throw new EOFException("a temporary file of a savepoint is shorter than was written");
            }
        }

        @Override
        public Item item() {
            return item;
        }
    }

    @Override
    public void close() throws IOException {
        for (int i = 0; i < runs.size(); i++) {
            runs.get(i).close();
            disk.delete(runName(i));
        }
        runs.clear();
    }
}
