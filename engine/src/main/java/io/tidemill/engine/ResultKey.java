package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Header;
import io.tidemill.api.Pane;
import io.tidemill.api.Window;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a result, as its record tells it: the record's key is the user's key followed, where there is a window,
 * by the window's start and end in eight bytes each; headers say the window, the revision, and which pane it is. A record
 * without a value takes the result of its key and window back; only sessions do that.
 *
 * @param key the user's key, encoded
 */
public record ResultKey(byte[] key, @Nullable Window window, int revision, Pane pane) {
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
        for (Header header : headers) {
            switch (header.name()) {
                case WINDOW -> windowed = key.length >= 16;
                case REVISION -> revision = Integer.parseInt(header.text());
                case PANE -> pane = Pane.valueOf(header.text());
                case CORRECTION -> pane = Pane.CORRECTION;
                default -> {
                    // a header of somebody else
                }
            }
        }
        if (!windowed) {
            return new ResultKey(key, null, revision, pane);
        }
        ByteSource source = new ByteSource(key, key.length - 16, 16);
        Window window = new Window(source.readLong(), source.readLong());
        return new ResultKey(Arrays.copyOf(key, key.length - 16), window, revision, pane);
    }

    static void write(byte[] key, @Nullable Window window, ByteSink sink) {
        sink.reset();
        sink.write(key);
        if (window != null) {
            sink.writeLong(window.startMillis());
            sink.writeLong(window.endMillis());
        }
    }

    static List<Header> headers(Window window, int revision, Pane pane) {
        return List.of(
                Header.text(WINDOW, window.toString()),
                Header.text(REVISION, String.valueOf(revision)),
                Header.text(PANE, pane.name()));
    }
}
