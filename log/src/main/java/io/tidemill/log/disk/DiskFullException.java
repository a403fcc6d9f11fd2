package io.tidemill.log.disk;

import java.io.IOException;
import java.util.Locale;

/** There is no room left on the disk. */
public final class DiskFullException extends IOException {
    private static final long serialVersionUID = 1;

    public DiskFullException(String message) {
        super(message);
    }

    /** The JDK tells a full disk from other failures only by the operating system's words. */
    static IOException orSame(IOException e, String path) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        if (message.contains("no space left")
                || message.contains("quota exceeded")
                || message.contains("not enough space")) {
            DiskFullException full = new DiskFullException("no room left to write " + path);
            full.initCause(e);
            return full;
        }
        return e;
    }
}
