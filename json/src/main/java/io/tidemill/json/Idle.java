package io.tidemill.json;

import java.io.IOException;
import java.lang.ref.SoftReference;
import org.jspecify.annotations.Nullable;

/**
 * What a thread keeps to use again, while it is not in use; softly, so that a thread that outlives us does not keep our
 * classes.
 */
final class Idle {
    private static final ThreadLocal<@Nullable SoftReference<Idle>> PER_THREAD = new ThreadLocal<>();

    private final PlainValues values = new PlainValues();
    private @Nullable ReusedParser parser;
    private @Nullable SinkGenerator generator;

    private Idle() {}

    static Idle ofThread() {
        SoftReference<Idle> reference = PER_THREAD.get();
        Idle idle = reference == null ? null : reference.get();
        if (idle == null) {
            idle = new Idle();
            PER_THREAD.set(new SoftReference<>(idle));
        }
        return idle;
    }

    /** For use until user code is called. */
    PlainValues values() {
        return values;
    }

    ReusedParser takeParser() {
        ReusedParser taken = parser;
        parser = null;
        return taken == null ? new ReusedParser() : taken;
    }

    void put(ReusedParser unused) {
        parser = unused;
    }

    /** A new one if the thread's is in use further up the stack: what it writes may run user code that writes. */
    SinkGenerator takeGenerator() throws IOException {
        SinkGenerator taken = generator;
        generator = null;
        return taken == null ? new SinkGenerator() : taken;
    }

    void put(SinkGenerator unused) {
        generator = unused;
    }
}
