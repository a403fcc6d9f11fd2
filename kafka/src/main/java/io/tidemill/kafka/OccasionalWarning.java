package io.tidemill.kafka;

import java.util.function.LongSupplier;
import org.slf4j.Logger;

/** A warning that anybody on the network can cause, and that is therefore written only now and then. Thread-safe. */
final class OccasionalWarning {
    private static final long GAP_NANOS = 10_000_000_000L;

    private final Logger logger;
    private final LongSupplier nanoTime;
    private long lastNanos;
    private long suppressed;

    OccasionalWarning(Logger logger, LongSupplier nanoTime) {
        this.logger = logger;
        this.nanoTime = nanoTime;
        lastNanos = nanoTime.getAsLong() - GAP_NANOS;
    }

    void warn(String message) {
        long more;
        synchronized (this) {
            long now = nanoTime.getAsLong();
            if (now - lastNanos < GAP_NANOS) {
                suppressed++;
                return;
            }
            lastNanos = now;
            more = suppressed;
            suppressed = 0;
        }
        logger.warn(more == 0 ? "{}" : "{} (and {} more like it)", message, more);
    }
}
