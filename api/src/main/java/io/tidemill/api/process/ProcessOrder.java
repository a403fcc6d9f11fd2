package io.tidemill.api.process;

/** In which order a function gets the elements of a key. */
public enum ProcessOrder {
    /**
     * By time; among equals by input, and then by where they come from. Elements wait until the watermark has passed them.
     * What comes out is then a function of the elements on time, in whatever order they arrived. The default.
     */
    EVENT_TIME,

    /**
     * As they come, at once. Elements of one partition keep their order; between partitions, and between inputs, there is
     * none, and results that depend on it may differ from run to run. No element is late. Where elements have no event time,
     * this is the only order there is.
     */
    ARRIVAL
}
