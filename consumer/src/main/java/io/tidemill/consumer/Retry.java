package io.tidemill.consumer;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * How often a failed record is tried again in this process, and after how long. While it waits no thread is held, and only
 * records that must come after it (see {@link Ordering}) wait too.
 *
 * @param attemptsMax calls of the handler, the first one included; 1 for no retry
 * @param timeMax no retry begins later than this after the first failure
 * @param backoffMin the wait before the first retry; it doubles with each
 * @param backoffMax the longest wait
 * @param jitter the part of each wait that is random, from 0 (none) to 1 (all): spreads retries of records that failed together
 * @param retriable failures that are worth a retry; others go to the outcome at once
 */
public record Retry(
        int attemptsMax,
        Duration timeMax,
        Duration backoffMin,
        Duration backoffMax,
        double jitter,
        Predicate<Throwable> retriable) {
    static final Retry NONE = attempts(1);

    public Retry {
        Checks.positive(attemptsMax, "the attempts");
        Checks.positive(timeMax, "the time for retries");
        Checks.notNegative(backoffMin, "the shortest backoff");
        Checks.that(backoffMax.compareTo(backoffMin) >= 0, "the longest backoff is shorter than the shortest");
        Checks.that(jitter >= 0 && jitter <= 1, "jitter must be between 0 and 1, not " + jitter);
    }

    /** So many calls in all, waiting from 100 ms to 10 s, half of it random, for 10 minutes at most. */
    public static Retry attempts(int attemptsMax) {
        return new Retry(
                attemptsMax,
                Duration.ofMinutes(10),
                Duration.ofMillis(100),
                Duration.ofSeconds(10),
                0.5,
                failure -> true);
    }

    public Retry within(Duration timeMax) {
        return new Retry(attemptsMax, timeMax, backoffMin, backoffMax, jitter, retriable);
    }

    public Retry backoff(Duration min, Duration max) {
        return new Retry(attemptsMax, timeMax, min, max, jitter, retriable);
    }

    public Retry jitter(double part) {
        return new Retry(attemptsMax, timeMax, backoffMin, backoffMax, part, retriable);
    }

    public Retry onlyIf(Predicate<Throwable> retriable) {
        return new Retry(attemptsMax, timeMax, backoffMin, backoffMax, jitter, retriable);
    }

    boolean allows(int attempts, Duration sinceFirstFailure, Throwable failure) {
        return attempts < attemptsMax && sinceFirstFailure.compareTo(timeMax) < 0 && retriable.test(failure);
    }

    Duration delay(int attempts, RandomGenerator random) {
        int doublings = Math.min(attempts - 1, 30);
        long nanos =
                (long) Math.min(Math.scalb((double) backoffMin.toNanos(), doublings), (double) backoffMax.toNanos());
        return Duration.ofNanos((long) (nanos * (1 - jitter * random.nextDouble())));
    }
}
