package io.tidemill.consumer;

import java.time.Duration;
import java.time.Instant;

/** Decides what becomes of failures. */
final class Failures {
    /** The decision. */
    sealed interface Verdict {
        record RetryAfter(Duration delay) implements Verdict {}

        record Discard(FailedRecord failed) implements Verdict {}

        record Stop(Throwable failure) implements Verdict {}
    }

    private final FailureStrategy strategy;
    private final String group;
    private final Environment environment;

    Failures(FailureStrategy strategy, String group, Environment environment) {
        this.strategy = strategy;
        this.group = group;
        this.environment = environment;
    }

    Verdict on(Task task, Throwable failure, boolean isRecords) {
        Instant now = environment.now();
        Instant first = task.firstFailure == null ? now : task.firstFailure;
        task.firstFailure = first;
        int attempts = task.attempts + 1;
        task.attempts = attempts;
        Retry retry = strategy.retry();
        if (retry.allows(attempts, Duration.between(first, now), failure)) {
            return new Verdict.RetryAfter(retry.delay(attempts, environment.random()));
        }
        if (!isRecords || strategy.outcome() instanceof FailureStrategy.Outcome.Stop) {
            return new Verdict.Stop(failure);
        }
        return new Verdict.Discard(new FailedRecord(group, task.raw(), failure, attempts, first, now));
    }
}
