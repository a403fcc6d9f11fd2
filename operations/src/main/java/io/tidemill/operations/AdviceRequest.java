package io.tidemill.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What advice is wanted on.
 *
 * @param bounds bounds to try beside those that the advisor chooses; at most 40, each zero to 100 years
 * @param from only records with this timestamp or a later one, and what follows them; null for all
 * @param recordsMax only so many records, the first that came; one or more
 */
public record AdviceRequest(List<Duration> bounds, @Nullable Instant from, long recordsMax) {
    private static final int BOUNDS_MAX = 40;
    private static final Duration LIMIT = Duration.ofDays(36_500);

    public AdviceRequest {
        bounds = List.copyOf(bounds);
        List<String> wrong = new ArrayList<>();
        if (bounds.size() > BOUNDS_MAX) {
            wrong.add("at most " + BOUNDS_MAX + " bounds can be tried at once, not " + bounds.size());
        }
        for (Duration bound : bounds) {
            if (bound.isNegative() || bound.compareTo(LIMIT) > 0) {
                wrong.add("a bound is zero to 100 years, not " + bound);
            }
        }
        if (recordsMax < 1) {
            wrong.add("at least one record must be read, not " + recordsMax);
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", wrong));
        }
    }

    /** All records, and the bounds that the advisor chooses. */
    public static AdviceRequest ofAll() {
        return new AdviceRequest(List.of(), null, Long.MAX_VALUE);
    }

    public AdviceRequest bounds(List<Duration> newBounds) {
        return new AdviceRequest(newBounds, from, recordsMax);
    }

    public AdviceRequest from(@Nullable Instant newFrom) {
        return new AdviceRequest(bounds, newFrom, recordsMax);
    }

    public AdviceRequest recordsMax(long newRecordsMax) {
        return new AdviceRequest(bounds, from, newRecordsMax);
    }
}
