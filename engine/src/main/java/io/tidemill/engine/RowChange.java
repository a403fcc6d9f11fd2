package io.tidemill.engine;

import io.tidemill.api.plan.Row;

/**
 * A row that can be followed by others of the same input and origin: what an operator is given that folds the results of
 * another one. An element of a source is a {@link Row} by itself: it is never taken back.
 *
 * @param row where it is taken back: with the value that it had
 * @param revision a later one replaces an earlier one; of the same one, a row that is there replaces one that is not
 * @param isRetracted whether it is taken back
 */
record RowChange(Row row, int revision, boolean isRetracted) {
    static RowChange of(Object element) {
        return element instanceof RowChange change ? change : new RowChange((Row) element, 0, false);
    }
}
