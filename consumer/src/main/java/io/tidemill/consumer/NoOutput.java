package io.tidemill.consumer;

/** The output of deliveries that join nothing to the offset. */
public final class NoOutput {
    static final NoOutput INSTANCE = new NoOutput();

    private NoOutput() {}
}
