package io.tidemill.testkit;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The bytes of a file. {@link #share} costs nothing, because two images hold the same pages until one of them writes. */
final class Pages {
    /*
     * Two levels, so that the first write after a share copies a page and the pointers of one chunk, not those of the
     * whole file. Every page and chunk knows which image may write to it; an image that shares what it has becomes
     * somebody new, and so owns nothing any more. A page that is not there holds zeros.
     */
    static final int PAGE_BYTES = 4096;
    private static final int CHUNK_PAGES = 256;
    private static final byte[] ZEROS = new byte[PAGE_BYTES];

    private static final class Owner {}

    private record Page(Owner owner, byte[] bytes) {}

    private record Chunk(Owner owner, @Nullable Page[] pages) {}

    private Owner owner = new Owner();
    private Owner chunksOwner = owner;
    private @Nullable Chunk[] chunks = new Chunk[1];
    private long length;

    /** The same bytes; what is written to either is not seen by the other. */
    Pages share() {
        Pages other = new Pages();
        other.chunks = chunks;
        other.chunksOwner = chunksOwner;
        other.length = length;
        owner = new Owner();
        return other;
    }

    long length() {
        return length;
    }

    void length(long newLength) {
        if (newLength < length) {
            clear(newLength, length);
        }
        length = newLength;
    }

    /** Reads as much as there is; returns the number of bytes. */
    int read(ByteBuffer target, long position) {
        int count = (int) Math.max(0, Math.min(target.remaining(), length - position));
        int done = 0;
        while (done < count) {
            int at = (int) ((position + done) % PAGE_BYTES);
            int part = Math.min(count - done, PAGE_BYTES - at);
            Page page = page((position + done) / PAGE_BYTES);
            target.put(page == null ? ZEROS : page.bytes, at, part);
            done += part;
        }
        return count;
    }

    /** Writes, and grows if need be. */
    void write(byte[] source, long position) {
        length = Math.max(length, position + source.length);
        copyIn(source, 0, source.length, position);
    }

    private void copyIn(byte[] source, int from, int count, long position) {
        int done = 0;
        while (done < count) {
            int at = (int) ((position + done) % PAGE_BYTES);
            int part = Math.min(count - done, PAGE_BYTES - at);
            long number = (position + done) / PAGE_BYTES;
            if (page(number) != null || !zeros(source, from + done, part)) {
                System.arraycopy(source, from + done, ownPage(number), at, part);
            }
            done += part;
        }
    }

    /** Makes {@code count} bytes at {@code position}, all of one page, what they are in {@code other}; grows if need be. */
    void copy(Pages other, long position, int count) {
        length = Math.max(length, position + count);
        Page page = other.page(position / PAGE_BYTES);
        copyIn(page == null ? ZEROS : page.bytes, (int) (position % PAGE_BYTES), count, position);
    }

    void flip(long position, int bit) {
        ownPage(position / PAGE_BYTES)[(int) (position % PAGE_BYTES)] ^= (byte) (1 << bit);
    }

    private void clear(long from, long to) {
        long number = from / PAGE_BYTES;
        if (from % PAGE_BYTES != 0) {
            if (page(number) != null) {
                Arrays.fill(ownPage(number), (int) (from % PAGE_BYTES), PAGE_BYTES, (byte) 0);
            }
            number++;
        }
        for (; number * PAGE_BYTES < to; number++) {
            if (page(number) != null) {
                ownChunk(number).pages[(int) (number % CHUNK_PAGES)] = null;
            }
        }
    }

    private @Nullable Page page(long number) {
        int index = Math.toIntExact(number / CHUNK_PAGES);
        Chunk chunk = index < chunks.length ? chunks[index] : null;
        return chunk == null ? null : chunk.pages[(int) (number % CHUNK_PAGES)];
    }

    private byte[] ownPage(long number) {
        Chunk chunk = ownChunk(number);
        int at = (int) (number % CHUNK_PAGES);
        Page page = chunk.pages[at];
        if (page == null || page.owner != owner) {
            page = new Page(owner, page == null ? new byte[PAGE_BYTES] : page.bytes.clone());
            chunk.pages[at] = page;
        }
        return page.bytes;
    }

    private Chunk ownChunk(long number) {
        int index = Math.toIntExact(number / CHUNK_PAGES);
        if (index >= chunks.length || chunksOwner != owner) {
            chunks = Arrays.copyOf(chunks, Math.max(chunks.length, index + 1));
            chunksOwner = owner;
        }
        Chunk chunk = chunks[index];
        if (chunk == null || chunk.owner != owner) {
            chunk = new Chunk(owner, chunk == null ? new Page[CHUNK_PAGES] : chunk.pages.clone());
            chunks[index] = chunk;
        }
        return chunk;
    }

    private static boolean zeros(byte[] bytes, int from, int count) {
        return Arrays.equals(bytes, from, from + count, ZEROS, 0, count);
    }
}
