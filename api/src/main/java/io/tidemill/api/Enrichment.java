package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Operator.Kept;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Elements with what a table had under their key when they happened. An element waits until the watermarks of both have passed
 * it: a table that changes seldom holds it back for as long as its partitions take to be idle. Immutable.
 */
public final class Enrichment<K, T, V> {
    private final Plan stream;
    private final Plan table;
    private final Duration correctableFor;

    Enrichment(Plan stream, Plan table, Duration correctableFor) {
        this.stream = stream;
        this.table = table;
        this.correctableFor = correctableFor;
    }

    /**
     * How long, in event time, elements and older versions are kept, so that late ones can still be put right by a correction.
     * It is state. Zero to 100 years; zero unless set.
     */
    public Enrichment<K, T, V> correctableFor(Duration horizon) {
        Durations.requireHorizon("correctableFor", horizon);
        return new Enrichment<>(stream, table, horizon);
    }

    /** Elements whose key the table had; others are counted as unmatched. */
    public <R> EventStream<R> inner(JoinFunction<? super T, ? super V, ? extends R> joiner, Codec<R> codec) {
        return stream(false, joiner, codec);
    }

    /** All elements; where the table did not have their key, the value is null. */
    public <R> EventStream<R> left(JoinFunction<? super T, ? super @Nullable V, ? extends R> joiner, Codec<R> codec) {
        return stream(true, joiner, codec);
    }

    private <R> EventStream<R> stream(boolean keepsUnmatched, JoinFunction<?, ?, ? extends R> joiner, Codec<R> codec) {
        Operator.Enrich operator = new Operator.Enrich(
                "enrich",
                keepsUnmatched,
                Erased.joining(joiner),
                correctableFor,
                List.of(new Kept(table.codec), new Kept(stream.codec)),
                List.of());
        return new EventStream<>(Plan.join(operator, codec, List.of(table, stream)));
    }
}
