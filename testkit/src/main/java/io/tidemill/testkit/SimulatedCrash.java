package io.tidemill.testkit;

import java.io.IOException;

/** The machine of a {@link SimulatedDisk} is down: nothing can be done to the disk until {@code crash} or {@code processCrash}. */
public final class SimulatedCrash extends IOException {
    private static final long serialVersionUID = 1;

    SimulatedCrash(String message) {
        super(message);
    }
}
