package io.tidemill.log.disk;

import java.io.IOException;

/** There is no room left on the disk. */
public final class DiskFullException extends IOException {
    private static final long serialVersionUID = 1;

    public DiskFullException(String message) {
        super(message);
    }
}
