package io.tidemill.api.process;

/** Which clock a timer or a time to live goes by. */
public enum TimeDomain {
    /** When things happened: the watermark. The same log gives the same answers. */
    EVENT_TIME,

    /** The clock of the machine. Answers depend on when it was that the pipeline ran. */
    PROCESSING_TIME
}
