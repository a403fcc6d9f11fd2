package io.tidemill.api;

/** Two streams with the same keys, of which nobody has said yet which elements belong together. Immutable. */
public final class JoinBuilder<K, L, R> {
    final Plan left;
    final Plan right;

    JoinBuilder(Plan left, Plan right) {
        this.left = left;
        this.right = right;
    }

    /** Every element of the left side with every one of the right that has the same key in the same window. */
    public WindowJoin<K, L, R> window(Windowing windowing) {
        return new WindowJoin<>(left, right, windowing);
    }
}
