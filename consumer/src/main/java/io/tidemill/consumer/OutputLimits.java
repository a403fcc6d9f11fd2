package io.tidemill.consumer;

/**
 * @param recordBytesMax what the producer sends at most
 * @param bytesMax one handled record's output
 */
record OutputLimits(long recordBytesMax, long bytesMax) {}
