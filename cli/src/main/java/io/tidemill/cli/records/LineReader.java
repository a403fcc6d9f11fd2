package io.tidemill.cli.records;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Reads lines as bytes. A line ends at {@code \n}, which is not part of it; a {@code \r} is. Never holds more of a line
 * than it may have: what is longer is read over. Not thread-safe.
 */
final class LineReader {
    private static final int CHUNK_BYTES = 64 << 10;

    private final InputStream in;
    private final int lineBytesMax;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private int chunkStart;
    private int chunkEnd;

    /** The beginning of a line that does not lie in one chunk. */
    private byte[] kept = new byte[0];

    private int keptLength;

    private long number;
    private long bytesRead;
    private long length;
    private boolean oversize;
    private byte[] array = chunk;
    private int start;

    LineReader(InputStream in, int lineBytesMax) {
        this.in = in;
        this.lineBytesMax = lineBytesMax;
    }

    /** Moves to the next line; false when there is none. */
    boolean next() throws IOException {
        keptLength = 0;
        length = 0;
        oversize = false;
        while (true) {
            if (chunkStart == chunkEnd && !fill()) {
                if (length == 0) {
                    return false;
                }
                return found(kept, 0);
            }
            int end = lineEnd();
            if (end >= 0 && length == 0) {
                int begin = chunkStart;
                length = (long) end - begin;
                oversize = length > lineBytesMax;
                chunkStart = end + 1;
                return found(chunk, begin);
            }
            keep(end >= 0 ? end : chunkEnd);
            if (end >= 0) {
                chunkStart = end + 1;
                return found(kept, 0);
            }
        }
    }

    private boolean fill() throws IOException {
        chunkStart = 0;
        chunkEnd = Math.max(0, in.read(chunk));
        bytesRead += chunkEnd;
        return chunkEnd > 0;
    }

    private int lineEnd() {
        for (int i = chunkStart; i < chunkEnd; i++) {
            if (chunk[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private void keep(int end) {
        int more = end - chunkStart;
        length += more;
        oversize = length > lineBytesMax;
        if (!oversize) {
            if (kept.length < keptLength + more) {
                kept = Arrays.copyOf(kept, (int) Math.min(lineBytesMax, Math.max(length, kept.length * 2L)));
            }
            System.arraycopy(chunk, chunkStart, kept, keptLength, more);
            keptLength += more;
        }
        chunkStart = end;
    }

    private boolean found(byte[] in, int at) {
        number++;
        array = in;
        start = at;
        return true;
    }

    /** The line's number, from 1. */
    long number() {
        return number;
    }

    /** The line's bytes, those included that were not kept. */
    long length() {
        return length;
    }

    /** Whether the line is too long to be had. */
    boolean isOversize() {
        return oversize;
    }

    /** Whether there is nothing in the line, or only a {@code \r}. */
    boolean isBlank() {
        return length == 0 || (length == 1 && !oversize && array[start] == '\r');
    }

    /** Where the line is, from {@link #start} on; valid until the next one. */
    byte[] array() {
        return array;
    }

    int start() {
        return start;
    }

    /** All bytes that were taken from the stream. */
    long bytesRead() {
        return bytesRead;
    }
}
