package io.tidemill.consumer;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What a consumer takes from outside.
 *
 * @param ticker nanoseconds that only go forward
 */
record Environment(InstantSource clock, LongSupplier ticker, RandomGenerator random, Probe probe) {
    static final Environment SYSTEM = new Environment(
            InstantSource.system(), System::nanoTime, new java.security.SecureRandom(), (point, partition) -> {});

    Environment with(Probe other) {
        return new Environment(clock, ticker, random, other);
    }

    Instant now() {
        return clock.instant();
    }

    long nanos() {
        return ticker.getAsLong();
    }
}
