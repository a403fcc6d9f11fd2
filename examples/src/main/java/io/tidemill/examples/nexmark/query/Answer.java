package io.tidemill.examples.nexmark.query;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a query's answer. Their order means nothing; a row that is there twice counts twice. Immutable.
 *
 * @param <R> the rows: records with {@code equals}
 */
public final class Answer<R> {
    private static final int ROWS_TOLD_MAX = 10;

    private final Map<R, Integer> counts;
    private final int size;

    private Answer(Collection<? extends R> rows) {
        Map<R, Integer> counted = new HashMap<>();
        rows.forEach(row -> counted.merge(row, 1, Integer::sum));
        counts = Map.copyOf(counted);
        size = rows.size();
    }

    public static <R> Answer<R> of(Collection<? extends R> rows) {
        return new Answer<>(rows);
    }

    public int size() {
        return size;
    }

    /** All rows, by their texts. */
    public List<R> rows() {
        return without(of(List.of()));
    }

    /** What {@code actual} lacks of this answer and what it has beyond it, row by row; an empty text if they are equal. */
    public String difference(Answer<R> actual) {
        return told("missing", without(actual)) + told("unexpected", actual.without(this));
    }

    private List<R> without(Answer<R> other) {
        List<R> left = new ArrayList<>();
        counts.forEach((row, count) -> {
            for (int i = other.counts.getOrDefault(row, 0); i < count; i++) {
                left.add(row);
            }
        });
        left.sort(Comparator.comparing(Object::toString));
        return left;
    }

    private static String told(String what, List<?> rows) {
        if (rows.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder(what + ": " + rows.size() + " rows\n");
        rows.stream()
                .limit(ROWS_TOLD_MAX)
                .forEach(row -> text.append("  ").append(row).append('\n'));
        if (rows.size() > ROWS_TOLD_MAX) {
            text.append("  …\n");
        }
        return text.toString();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Answer<?> that && counts.equals(that.counts);
    }

    @Override
    public int hashCode() {
        return counts.hashCode();
    }

    @Override
    public String toString() {
        return "Answer" + rows();
    }
}
