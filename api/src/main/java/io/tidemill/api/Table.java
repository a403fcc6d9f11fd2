package io.tidemill.api;

import java.time.Duration;

/** The versions of a table, as a topic has them. Immutable. */
public final class Table<K, V> {
    final Plan plan;

    Table(Plan plan) {
        this.plan = plan;
    }

    /** Gives the table a name of its own instead of the derived one. */
    public Table<K, V> as(String name) {
        return new Table<>(plan.named(name));
    }

    <T> Enrichment<K, T, V> enriching(Plan stream) {
        return new Enrichment<>(stream, plan, Duration.ZERO);
    }
}
