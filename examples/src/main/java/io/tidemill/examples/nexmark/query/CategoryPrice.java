package io.tidemill.examples.nexmark.query;

import io.tidemill.api.Result;

/**
 * Query 4's row.
 *
 * @param average cents
 */
public record CategoryPrice(long category, double average) {
    static CategoryPrice of(Result<Long, Double> result) {
        return new CategoryPrice(result.key(), result.value());
    }
}
