package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Operator.JoinKind;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A join of two streams by key and window: in each window, every element of the left side that a key has there is paired
 * with every one of the right side. A pair is a result of its own, told when the window closes; its time is the window's
 * last millisecond. Sessions are made of the elements of both sides. Immutable.
 *
 * <p>Late records that a correction folds in bring further pairs, and take back what an element without a partner had been
 * told as: in the results' topic by a record without a value. Rows that are as they were are not told again.
 *
 * <p>The elements are kept until their window closes, and on disk for as long as it can be corrected, so their codecs
 * must be known: a source's is, and {@code map} and {@code flatMap} take one.
 */
public final class WindowJoin<K, L, R> {
    /** Rows of both sides together that a key may have in a window, unless said otherwise. */
    public static final int ROWS_MAX_DEFAULT = 100_000;

    private static final int ROWS_MAX_LIMIT = 1_000_000;

    private final Plan left;
    private final Plan right;
    private final Settings settings;

    /** @param name null for the derived one */
    private record Settings(
            @Nullable String name,
            Windowing windowing,
            Duration allowedLateness,
            Duration correctableFor,
            int rowsMax,
            List<String> formerNames) {}

    WindowJoin(Plan left, Plan right, Windowing windowing) {
        this(
                left,
                right,
                new Settings(
                        null,
                        windowing,
                        WindowedStream.LATENESS_DEFAULT,
                        WindowedStream.CORRECTABLE_FOR_DEFAULT,
                        ROWS_MAX_DEFAULT,
                        List.of()));
    }

    private WindowJoin(Plan left, Plan right, Settings settings) {
        this.left = left;
        this.right = right;
        this.settings = settings;
    }

    // ---- settings ----

    /**
     * How long after its end, by the watermark, a window still takes records in and tells what they change. Zero to 100
     * years; zero unless set. Costs the rows of windows that have ended a second time, in memory and in the state.
     */
    public WindowJoin<K, L, R> allowedLateness(Duration lateness) {
        WindowedStream.requireRange("allowedLateness", lateness);
        return with(settings.name, lateness, settings.correctableFor, settings.rowsMax, settings.formerNames);
    }

    /** As {@link WindowedStream#correctableFor}: the rows are kept on disk for that long. Seven days unless set. */
    public WindowJoin<K, L, R> correctableFor(Duration horizon) {
        WindowedStream.requireRange("correctableFor", horizon);
        return with(settings.name, settings.allowedLateness, horizon, settings.rowsMax, settings.formerNames);
    }

    /**
     * How many rows of both sides together a key may have in a window; 100,000 unless set. Where there are more, or more
     * than 24 MiB of them, or more than 200,000 pairs, none is told, what was told before is taken back, and one dead letter
     * says so. Raising the bound does not bring back what was let go of.
     *
     * @param rows 1 to 1,000,000
     */
    public WindowJoin<K, L, R> rowsMax(int rows) {
        if (rows < 1 || rows > ROWS_MAX_LIMIT) {
            throw new IllegalArgumentException("rowsMax is 1 to " + ROWS_MAX_LIMIT + ", not " + rows);
        }
        return with(settings.name, settings.allowedLateness, settings.correctableFor, rows, settings.formerNames);
    }

    /** Names that the join had before, as {@link ResultStream#formerly}. */
    public WindowJoin<K, L, R> formerly(String... names) {
        return with(
                settings.name,
                settings.allowedLateness,
                settings.correctableFor,
                settings.rowsMax,
                ResultStream.formerNames(names));
    }

    /** Gives the join a name of its own instead of the derived one. */
    public WindowJoin<K, L, R> as(String name) {
        Renamed.requireLegal(name);
        return with(name, settings.allowedLateness, settings.correctableFor, settings.rowsMax, settings.formerNames);
    }

    private WindowJoin<K, L, R> with(
            @Nullable String name,
            Duration allowedLateness,
            Duration correctableFor,
            int rowsMax,
            List<String> formerNames) {
        return new WindowJoin<>(
                left,
                right,
                new Settings(name, settings.windowing, allowedLateness, correctableFor, rowsMax, formerNames));
    }

    // ---- kinds ----

    /**
     * A result for each pair. Elements without a partner have none, and are counted as unmatched.
     *
     * @param joiner must not change what it is given; what it throws makes the pair a dead letter
     * @param codec of the results, for operators behind it that keep them
     */
    public <V> EventStream<V> inner(Aggregate.Joiner<? super L, ? super R, ? extends V> joiner, Codec<V> codec) {
        return stream(JoinKind.INNER, joiner, codec);
    }

    /** As {@link #inner}, and a result for each left element whose key has none of the right in the window. */
    public <V> EventStream<V> left(
            Aggregate.Joiner<? super L, ? super @Nullable R, ? extends V> joiner, Codec<V> codec) {
        return stream(JoinKind.LEFT, joiner, codec);
    }

    /** As {@link #inner}, and a result for each right element whose key has none of the left in the window. */
    public <V> EventStream<V> right(
            Aggregate.Joiner<? super @Nullable L, ? super R, ? extends V> joiner, Codec<V> codec) {
        return stream(JoinKind.RIGHT, joiner, codec);
    }

    /** As {@link #inner}, and a result for each element of either side without a partner: one of the two is never null. */
    public <V> EventStream<V> full(
            Aggregate.Joiner<? super @Nullable L, ? super @Nullable R, ? extends V> joiner, Codec<V> codec) {
        return stream(JoinKind.FULL, joiner, codec);
    }

    /**
     * One result for each key and window that has elements of either side: of all of them at once. A correction tells the whole
     * result again.
     *
     * @param joiner is given the elements of each side in the order of their times; the lists cannot be changed
     */
    public <V> EventStream<V> coGroup(
            Aggregate.Joiner<? super List<L>, ? super List<R>, ? extends V> joiner, Codec<V> codec) {
        return stream(JoinKind.COGROUP, joiner, codec);
    }

    private <V> EventStream<V> stream(JoinKind kind, Aggregate.Joiner<?, ?, ?> joiner, Codec<V> codec) {
        Operator.Joined join = new Operator.Joined(
                "join",
                kind,
                Erased.joiner(joiner),
                left.codec,
                right.codec,
                Erased.codec(codec),
                settings.windowing,
                settings.allowedLateness,
                settings.correctableFor,
                settings.rowsMax,
                settings.formerNames);
        Plan plan = Plan.join(join, codec, List.of(left, right));
        return new EventStream<>(settings.name == null ? plan : plan.named(settings.name));
    }
}
