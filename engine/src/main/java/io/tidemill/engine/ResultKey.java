package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Header;
import io.tidemill.api.Pane;
import io.tidemill.api.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a result, as its record tells it: the record's key is the user's key followed, where there is a window,
 * by the window's start and end in eight bytes each; headers say the window, the revision, and which pane it is. Where a key and
 * window have several results, as those of a join, each has an identity of its own, which stands between them, followed by
 * its length in four bytes; a header says that length, too. A record without a value takes the result back.
 *
 * @param key the user's key, encoded
 * @param row tells it from other results of its key and window; empty where there is one
 */
public record ResultKey(byte[] key, byte[] row, @Nullable Window window, int revision, Pane pane) {
    private static final byte[] ONE_ROW = {};
    private static final String ROW = "tidemill.row";
    private static final String WINDOW = "tidemill.window";
    private static final String REVISION = "tidemill.revision";
    private static final String PANE = "tidemill.pane";

    /** What results said before there were panes. */
    private static final String CORRECTION = "tidemill.correction";

    /** Whether late records were folded into the result. */
    public boolean correction() {
        return pane == Pane.CORRECTION;
    }

    /** Reads the identity of a record of a results topic. */
    public static ResultKey of(byte @Nullable [] recordKey, List<Header> headers) {
        byte[] key = recordKey == null ? new byte[0] : recordKey;
        int revision = 0;
        Pane pane = Pane.FINAL;
        boolean windowed = false;
        int rowLength = 0;
        for (Header header : headers) {
            switch (header.name()) {
                case WINDOW -> windowed = key.length >= 16;
                case ROW -> rowLength = Math.max(0, Math.min(key.length, Integer.parseInt(header.text())));
                case REVISION -> revision = Integer.parseInt(header.text());
                case PANE -> pane = Pane.valueOf(header.text());
                case CORRECTION -> pane = Pane.CORRECTION;
                default -> {
                    // a header of somebody else
                }
            }
        }
        int end = windowed ? key.length - 16 : key.length;
        Window window = null;
        if (windowed) {
            ByteSource source = new ByteSource(key, end, 16);
            window = new Window(source.readLong(), source.readLong());
        }
        int rowEnd = end - Integer.BYTES;
        if (rowLength == 0 || rowLength > rowEnd) {
            return new ResultKey(Arrays.copyOf(key, end), ONE_ROW, window, revision, pane);
        }
        int rowStart = rowEnd - rowLength;
        byte[] row = Arrays.copyOfRange(key, rowStart, rowEnd);
        return new ResultKey(Arrays.copyOf(key, rowStart), row, window, revision, pane);
    }

    static void write(byte[] key, @Nullable Window window, ByteSink sink) {
        write(key, ONE_ROW, window, sink);
    }

    static void write(byte[] key, byte[] row, @Nullable Window window, ByteSink sink) {
        sink.reset();
        sink.write(key);
        if (row.length > 0) {
            sink.write(row);
            // A key that ends like another's row must not be taken for it.
            sink.writeInt(row.length);
        }
        if (window != null) {
            sink.writeLong(window.startMillis());
            sink.writeLong(window.endMillis());
        }
    }

    /** Of a record under a key of the user's own. */
    static List<Header> headers(int revision, Pane pane) {
        return List.of(Header.text(REVISION, String.valueOf(revision)), Header.text(PANE, pane.name()));
    }

    static List<Header> headers(Window window, int revision, Pane pane) {
        return List.of(
                Header.text(WINDOW, window.toString()),
                Header.text(REVISION, String.valueOf(revision)),
                Header.text(PANE, pane.name()));
    }

    /** Of a row; {@code window} is null where there is none. */
    static List<Header> headers(byte[] row, @Nullable Window window, int revision, Pane pane) {
        List<Header> headers = new ArrayList<>();
        headers.add(Header.text(ROW, String.valueOf(row.length)));
        if (window != null) {
            headers.add(Header.text(WINDOW, window.toString()));
        }
        headers.add(Header.text(REVISION, String.valueOf(revision)));
        headers.add(Header.text(PANE, pane.name()));
        return headers;
    }
}
