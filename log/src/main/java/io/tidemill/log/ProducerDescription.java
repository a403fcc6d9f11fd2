package io.tidemill.log;

/**
 * A producer as one partition knows it.
 *
 * @param lastSequence of its newest batch; -1 after a marker only
 * @param lastTimestampMillis when it last appended
 * @param openTransactionStart the first offset of its open transaction here; -1 if there is none
 */
public record ProducerDescription(
        ProducerIdentity producer, int lastSequence, long lastTimestampMillis, long openTransactionStart) {}
