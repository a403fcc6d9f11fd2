package io.tidemill.api;

/** Takes windows without an object for each. */
@FunctionalInterface
public interface WindowVisitor {
    /**
     * @param startMillis the first millisecond in the window, since the epoch
     * @param endMillis the first millisecond after it
     */
    void visit(long startMillis, long endMillis);
}
